package outbound

import (
	"errors"
	"net/netip"
)

// ErrForbidden says that an address is not to be reached from here.
var ErrForbidden = errors.New("the address is not a public one")

// special are the networks inside of the public ranges that are not public, or
// that stand for an IPv4 address which would have to be looked at: the registries
// of RFC 6890, 6to4 and Teredo.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// global is what is given out of IPv6. All else is refused: loopback, link and
// unique local, multicast, mapped and compatible IPv4, NAT64.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// permits reports whether an address may be called.
func (c *Client) permits(address netip.Addr) bool {
	zoned := address.Zone() != ""
	address = address.Unmap().WithZone("")
	if within(address, c.allowed) {
		return true
	}
	if zoned || !address.IsValid() || address.Is6() && !global.Contains(address) {
		return false
	}
	return !within(address, special)
}

func within(address netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}
