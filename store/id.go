package store

import (
	"strings"

	"github.com/google/uuid"
)

// ParseID reads the id of a resource in the one form in which it is issued:
// lower case, with hyphens. Ids are case exact (RFC 7643 section 3.1), so that
// any other spelling of a UUID names nothing.
func ParseID(text string) (uuid.UUID, bool) {
	// Of the forms that uuid reads, this one alone has 36 characters.
	if len(text) != 36 || strings.ContainsAny(text, "ABCDEF") {
		return uuid.UUID{}, false
	}
	id, err := uuid.Parse(text)
	return id, err == nil
}
