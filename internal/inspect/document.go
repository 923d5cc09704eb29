package inspect

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// A document is a JSON value: an *object, an array, or a jsontext.Value of
// anything else.
type (
	object struct{ members []member }
	member struct {
		name  string
		value any
	}
	array struct{ elements []any }
)

var errDeep = errors.New("a document is nested too deeply")

// deepest is how deep documents may be nested that are looked at.
const deepest = 64

// parse reads a JSON object, as parseAny does.
func parse(data []byte) (*object, error) {
	found, err := parseAny(data)
	if err != nil {
		return nil, err
	}
	top, ok := found.(*object)
	if !ok {
		return nil, errors.New("the document is no object")
	}
	return top, nil
}

// parseAny reads a JSON value. Broken JSON, a name that is repeated and text behind
// it are errors.
func parseAny(data []byte) (any, error) {
	decoder := jsontext.NewDecoder(bytes.NewReader(data))
	found, err := value(decoder, 0)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the document")
	}
	return found, nil
}

func value(decoder *jsontext.Decoder, depth int) (any, error) {
	if depth > deepest {
		return nil, errDeep
	}
	switch decoder.PeekKind() {
	case '{':
		return readObject(decoder, depth)
	case '[':
		return readArray(decoder, depth)
	}
	scalar, err := decoder.ReadValue()
	return scalar.Clone(), err
}

func readObject(decoder *jsontext.Decoder, depth int) (any, error) {
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	found := &object{}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		text := name.String()
		one, err := value(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		found.members = append(found.members, member{text, one})
	}
	_, err := decoder.ReadToken()
	return found, err
}

func readArray(decoder *jsontext.Decoder, depth int) (any, error) {
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	found := &array{}
	for decoder.PeekKind() != ']' {
		one, err := value(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		found.elements = append(found.elements, one)
	}
	_, err := decoder.ReadToken()
	return found, err
}

// text is the content of a string; empty for anything else.
func text(of any) string {
	raw, ok := of.(jsontext.Value)
	if !ok || raw.Kind() != '"' {
		return ""
	}
	plain, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return ""
	}
	return string(plain)
}

// quoted is a string as JSON has it.
func quoted(plain string) jsontext.Value {
	out, err := jsontext.AppendQuote(nil, plain)
	if err != nil {
		return jsontext.Value(`""`)
	}
	return out
}

// render writes a document.
func render(out []byte, of any) []byte {
	switch v := of.(type) {
	case *object:
		out = append(out, '{')
		for i, one := range v.members {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(append(out, quoted(one.name)...), ':')
			out = render(out, one.value)
		}
		return append(out, '}')
	case *array:
		out = append(out, '[')
		for i, one := range v.elements {
			if i > 0 {
				out = append(out, ',')
			}
			out = render(out, one)
		}
		return append(out, ']')
	case jsontext.Value:
		if v.Kind() == '"' {
			return append(out, quoted(text(v))...) // in one form, whatever was escaped
		}
		return append(out, v...)
	}
	return out
}
