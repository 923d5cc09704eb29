// Package fault owns the SCIM error vocabulary of RFC 7644 section 3.12: the
// HTTP status, the scimType and the detail of a refused request.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	escimerrors "github.com/elimity-com/scim/errors"
)

// Type is a scimType keyword.
type Type string

// The keywords of RFC 7644 Table 9 and RFC 9865 Table 3 that this server sends.
const (
	InvalidFilter Type = Type(escimerrors.ScimTypeInvalidFilter)
	TooMany       Type = Type(escimerrors.ScimTypeTooMany)
	Uniqueness    Type = Type(escimerrors.ScimTypeUniqueness)
	Mutability    Type = Type(escimerrors.ScimTypeMutability)
	InvalidSyntax Type = Type(escimerrors.ScimTypeInvalidSyntax)
	InvalidPath   Type = Type(escimerrors.ScimTypeInvalidPath)
	NoTarget      Type = Type(escimerrors.ScimTypeNoTarget)
	InvalidValue  Type = Type(escimerrors.ScimTypeInvalidValue)
	InvalidVers   Type = Type(escimerrors.ScimTypeInvalidVersion)
	Sensitive     Type = Type(escimerrors.ScimTypeSensitive)
)

// The keywords of RFC 9865 section 2.1.
const (
	InvalidCursor Type = "invalidCursor"
	ExpiredCursor Type = "expiredCursor"
	InvalidCount  Type = "invalidCount"
)

// Error is a refused request: what a client did wrong, in words that name the
// attribute and the reason. It never carries a secret.
type Error struct {
	// Status is the HTTP status code.
	Status int
	// Type is empty for statuses that define no keyword.
	Type   Type
	Detail string
	// Confidential says that the request compares with what must not stand in
	// a URI, where proxies and logs keep it (RFC 7644 section 7.5.2).
	Confidential bool
	// RetryAfter is when the same request may succeed; zero where nobody knows.
	RetryAfter time.Duration `json:"-"`
}

func (e *Error) Error() string {
	if e.Type == "" {
		return fmt.Sprintf("%d: %s", e.Status, e.Detail)
	}
	return fmt.Sprintf("%d %s: %s", e.Status, e.Type, e.Detail)
}

// New makes an error with the status that RFC 7644 Table 9 gives the keyword.
func New(keyword Type, format string, args ...any) *Error {
	status := 400
	switch keyword {
	case Uniqueness:
		status = escimerrors.ScimErrorUniqueness.Status
	case Sensitive:
		status = escimerrors.ScimErrorSensitive.Status
	}
	return &Error{Status: status, Type: keyword, Detail: fmt.Sprintf(format, args...)}
}

// Plain makes an error with a status and no keyword.
func Plain(status int, format string, args ...any) *Error {
	return &Error{Status: status, Detail: fmt.Sprintf(format, args...)}
}

// NotFound is the answer for a resource or endpoint that does not exist.
func NotFound(format string, args ...any) *Error { return Plain(404, format, args...) }

// Clip shortens a name that a client sent, for use in a detail.
func Clip(text string) string {
	const most = 100
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= most {
		return text
	}
	cut := most
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}

// TooLarge is the answer to a body above a limit in bytes.
func TooLarge(limit int64) *Error {
	return Plain(413, "the request body is larger than the limit of %d bytes", limit)
}

// As returns the *Error in err's chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
