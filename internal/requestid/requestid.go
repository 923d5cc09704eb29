// Package requestid owns the id of a request on its way from the HTTP face to
// logs, audit rows and error answers.
package requestid

import (
	"context"

	"github.com/google/uuid"
)

// maxLength is the longest id that is accepted from outside.
const maxLength = 64

type key struct{}

// With returns a context that carries id.
func With(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, key{}, id)
}

// From returns the id that ctx carries, or "".
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// Accept returns the id that a client or proxy sent if it is harmless in a log
// line and a header, else a new one.
func Accept(sent string) string {
	if !harmless(sent) {
		return uuid.NewString()
	}
	return sent
}

func harmless(id string) bool {
	if id == "" || len(id) > maxLength {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
