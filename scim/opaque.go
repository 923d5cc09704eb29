package scim

import (
	"encoding/base64"
	"strings"
)

// opaque writes cursors: one text, one meaning, of characters that URIs take as
// they are (RFC 3986 section 2.3).
var opaque = base64.RawURLEncoding.Strict()

// maxOpaque bounds what is decoded in bytes: a position of the longest key has
// room.
const maxOpaque = 4096

// readOpaque reads what opaque wrote; false for any other text.
func readOpaque(text string) ([]byte, bool) {
	// Decoding passes over line ends.
	if len(text) > maxOpaque || strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	raw, err := opaque.DecodeString(text)
	return raw, err == nil
}
