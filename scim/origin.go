package scim

import "strings"

// SplitOrigin divides an absolute URI behind its host. One that is not absolute
// has no origin.
func SplitOrigin(uri string) (origin, path string) {
	scheme, rest, absolute := strings.Cut(uri, "://")
	if !absolute {
		return "", uri
	}
	host, _, _ := strings.Cut(rest, "/")
	end := len(scheme) + len("://") + len(host)
	return uri[:end], uri[end:]
}
