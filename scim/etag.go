package scim

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// etag renders the version of a resource as a weak validator. Its first part
// is the stored version; the second covers what is appended to the document
// and can change without it: groups, active and how the account stands.
func etag(t *schema.ResourceType, record *store.Record, now time.Time) string {
	out := append(make([]byte, 0, 40), `W/"`...)
	out = strconv.AppendInt(out, record.Version, 10)
	if t.Groups != nil || t.Active != nil {
		out = append(out, '-')
		out = strconv.AppendUint(out, appended(t, record, now), 36)
	}
	return string(append(out, '"'))
}

// appended hashes what an answer appends to the document.
func appended(t *schema.ResourceType, record *store.Record, now time.Time) uint64 {
	active := t.Active != nil && activeAt(&record.Facts, now)
	if len(record.Groups) == 0 && record.Facts.State == nil {
		if active {
			return 1
		}
		return 0
	}
	hash := fnv.New64a()
	flag := func(on bool) {
		if on {
			_, _ = hash.Write([]byte{1})
		} else {
			_, _ = hash.Write([]byte{0})
		}
	}
	flag(active)
	if record.Facts.State != nil {
		standing := record.Facts.Standing(now)
		_, _ = hash.Write([]byte(standing.Status + " " + standing.Reason + " "))
		_, _ = hash.Write(record.Facts.State)
	}
	for i := range record.Groups {
		g := &record.Groups[i]
		_, _ = hash.Write(g.ID[:])
		_, _ = hash.Write([]byte(g.Label))
		_, _ = hash.Write([]byte{0})
		flag(g.Direct)
	}
	return hash.Sum64()
}

// Precondition is an If-Match header or the version of a bulk operation. The
// zero value asks for nothing.
type Precondition struct {
	// present tells an empty list from no header.
	present  bool
	any      bool
	versions []int64
}

// ParsePrecondition reads an If-Match header: "*" or a list of entity tags.
// The server's own tags are weak and still match (RFC 7644 section 3.14); only
// their version is compared.
func ParsePrecondition(header string) Precondition {
	header = strings.TrimSpace(header)
	if header == "" {
		return Precondition{}
	}
	if header == "*" {
		return Precondition{present: true, any: true}
	}
	p := Precondition{present: true}
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		tag = strings.Trim(tag, `"`)
		digits, _, _ := strings.Cut(tag, "-")
		if version, err := strconv.ParseInt(digits, 10, 64); err == nil {
			p.versions = append(p.versions, version)
		}
	}
	return p
}

// check compares the precondition with the version of a resource.
func (p Precondition) check(t *schema.ResourceType, record *store.Record) error {
	if !p.present || p.any || p.Names(record.Version) {
		return nil
	}
	return fault.Plain(412, "%s %q has another version than If-Match names", t.Name, record.ID)
}

// OfVersion is the precondition that names one version.
func OfVersion(version int64) Precondition {
	return Precondition{present: true, versions: []int64{version}}
}

// Names reports whether one of its entity tags is of a version.
func (p Precondition) Names(version int64) bool { return slices.Contains(p.versions, version) }

// pins reports whether the precondition names versions, so that a concurrent
// change must fail the request instead of being tried again.
func (p Precondition) pins() bool { return p.present && !p.any }

// MatchesNone reports whether an If-None-Match header holds the entity tag or
// is "*": the whole tag compares, weakly (RFC 9110 section 13.1.2).
func MatchesNone(header, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == opaque {
			return true
		}
	}
	return false
}
