package schema

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/width"
)

// wrongUsername says what of a user name is not as it can be, and where; empty for
// nothing. It is the string class of PRECIS UsernameCaseMapped that each of the parts
// has that spaces divide; none leads or ends (RFC 8265 section 3.1).
func wrongUsername(text string) string {
	switch {
	case strings.HasPrefix(text, " "):
		return "begins with a space"
	case strings.HasSuffix(text, " "):
		return "ends in a space"
	case strings.HasSuffix(text, "\n"), strings.HasSuffix(text, "\r"):
		return "ends in a line break"
	}
	for part := range strings.SplitSeq(text, " ") {
		if printable(part) {
			continue
		}
		if _, err := precis.UsernameCaseMapped.String(part); err != nil {
			return wrongCharacter(text, err)
		}
	}
	return ""
}

// printable reports whether a text is ASCII that a user name can have.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] <= 0x20 || text[i] >= 0x7f {
			return false
		}
	}
	return true
}

// wrongCharacter says which character of a user name is the first that it cannot have,
// counted from 1, or what is wrong where each could stand by itself.
func wrongCharacter(text string, cause error) string {
	place, allowed := 0, precis.UsernameCaseMapped.Allowed()
	for _, r := range text {
		place++
		mapped := []rune(width.Fold.String(string(r))) // wide forms count as their plain ones
		switch {
		case r == ' ', len(mapped) == 1 && allowed.Contains(mapped[0]):
		case unicode.IsControl(r):
			return fmt.Sprintf("has a control character (%U) at place %d", r, place)
		case unicode.IsSpace(r):
			return fmt.Sprintf("has a blank at place %d (%U) that is no plain space", place, r)
		default:
			return fmt.Sprintf("has a character at place %d (%U) that user names cannot have", place, r)
		}
	}
	if errors.Is(cause, bidirule.ErrInvalid) {
		return "has letters of both directions of writing in one word, from left to right and from right to left"
	}
	return "has characters beside each other that user names cannot have so"
}
