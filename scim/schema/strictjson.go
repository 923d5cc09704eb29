package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// checkJSON refuses a document that is not one JSON object, or that two readers
// could read differently: names that repeat, ignoring case, and bytes that are
// not UTF-8.
func checkJSON(data []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if d.PeekKind() != '{' {
		return errors.New("not a JSON object")
	}
	var names []map[string]bool
	for {
		token, err := d.ReadToken()
		if err != nil {
			return notJSON(err)
		}
		switch token.Kind() {
		case '{', '[':
			names = append(names, map[string]bool{})
		case '}', ']':
			names = names[:len(names)-1]
		case '"':
			kind, length := d.StackIndex(d.StackDepth())
			if kind != '{' || length%2 == 0 {
				continue
			}
			if err := once(names[len(names)-1], token.String(), ""); err != nil {
				return fmt.Errorf("not a JSON object: the name %q is given twice at byte %d", token.String(), d.InputOffset())
			}
		}
		if len(names) > maxDepth {
			return fmt.Errorf("nested deeper than %d levels", maxDepth)
		}
		if len(names) == 0 {
			break
		}
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("not a JSON object: it goes on after its end")
	}
	return nil
}

// notJSON says what and where, in one line.
func notJSON(err error) error {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		reason := strings.TrimPrefix(syntactic.Err.Error(), "jsontext: ")
		return fmt.Errorf("not a JSON object: %s at byte %d", reason, syntactic.ByteOffset)
	}
	return fmt.Errorf("not a JSON object: %w", err)
}
