package scim

import "regexp"

// versionForm is a protocol version as it stands in URIs (RFC 7644 section
// 3.13).
var versionForm = regexp.MustCompile(`^[vV][0-9]+(\.[0-9]+)*$`)

// IsVersion reports whether a segment of a URI names a version of the protocol,
// such as "v2".
func IsVersion(segment string) bool { return versionForm.MatchString(segment) }
