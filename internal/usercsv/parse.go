package usercsv

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
)

// fields divides a line into values, and these into parts; blanks around them
// are dropped.
func fields(line string) [][]string {
	var all [][]string
	var parts []string
	var part strings.Builder
	kept := 0 // what is before it was escaped, or is no blank
	finish := func() {
		text := part.String()
		parts = append(parts, text[:max(kept, len(strings.TrimRightFunc(text, unicode.IsSpace)))])
		part.Reset()
		kept = 0
	}
	next := func() {
		if finish(); len(parts) > 1 || parts[0] != "" {
			all = append(all, parts)
		}
		parts = nil
	}
	escape := false
	for _, r := range line {
		switch {
		case escape:
			part.WriteRune(r)
			kept, escape = part.Len(), false
		case r == '\\':
			escape = true
		case r == ';' || r == '\n':
			next()
		case r == '|':
			finish()
		case part.Len() == 0 && unicode.IsSpace(r):
		default:
			part.WriteRune(r)
		}
	}
	next()
	return all
}

// What a cell may be wrong in.
var (
	errFlag    = errors.New("is neither true nor false")
	errInstant = errors.New("is no time such as 2027-01-31 or 2027-01-31T12:00:00Z")
	errJSON    = errors.New("begins as JSON does, and is none of a list of objects")
	errElement = errors.New("is not of the form value|type|primary; value|type")
	errPrimary = errors.New("names two primary values")
)

// parse reads a cell that is not empty. stored is what the attribute is now, of
// which what the cell does not say is kept; nil for nothing.
func (c *Column) parse(cell string, stored any) (any, error) {
	switch c.kind {
	case text:
		return cell, nil
	case flag:
		return parseFlag(cell)
	case instant:
		return parseInstant(cell, stored)
	case values:
		return parseValues(cell)
	case elements:
		return parseElements(cell, stored)
	case first:
		return withFirst(cell, stored), nil
	case reference:
		return parseReference(cell, stored)
	case document:
		return parseObjects(cell)
	case names:
	}
	return nil, errors.New("is not imported")
}

func parseFlag(cell string) (any, error) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "true", "yes", "y", "1", "on":
		return true, nil
	case "false", "no", "n", "0", "off":
		return false, nil
	}
	return nil, errFlag
}

// parseInstant keeps what is stored where it is the same instant.
func parseInstant(cell string, stored any) (any, error) {
	cell = strings.TrimSpace(cell)
	at, err := time.Parse(time.RFC3339, cell)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, cell); err != nil {
			return nil, errInstant
		}
		cell = at.Format(time.RFC3339)
	}
	if was, ok := stored.(string); ok {
		if before, err := time.Parse(time.RFC3339, was); err == nil && before.Equal(at) {
			return was, nil
		}
	}
	return cell, nil
}

func parseValues(cell string) (any, error) {
	if strings.HasPrefix(cell, "[") {
		var list []any
		if err := json.Unmarshal([]byte(cell), &list); err != nil {
			return nil, errJSON
		}
		return list, nil
	}
	list := []any{}
	for _, parts := range fields(cell) {
		if len(parts) > 1 {
			return nil, errors.New("has a | that does not belong there; write \\| for it")
		}
		list = append(list, parts[0])
	}
	return list, nil
}

func parseObjects(cell string) (any, error) {
	var list []any
	if err := json.Unmarshal([]byte(cell), &list); err != nil {
		return nil, errJSON
	}
	for _, one := range list {
		if _, ok := one.(map[string]any); !ok {
			return nil, errJSON
		}
	}
	return list, nil
}

func parseElements(cell string, stored any) (any, error) {
	if strings.HasPrefix(cell, "[") {
		return parseObjects(cell)
	}
	list, primary := []any{}, false
	for _, parts := range fields(cell) {
		if len(parts) > 3 || parts[0] == "" || len(parts) == 3 && parts[2] != "primary" {
			return nil, errElement
		}
		element := map[string]any{"value": parts[0]}
		if len(parts) == 1 {
			element = same(parts[0], stored, element)
		} else if parts[1] != "" {
			element["type"] = parts[1]
		}
		if len(parts) == 3 {
			element["primary"] = true
		}
		if element["primary"] == true && primary {
			return nil, errPrimary
		}
		primary = primary || element["primary"] == true
		list = append(list, element)
	}
	return list, nil
}

// same is the stored element of a value, of which the cell does not say more: the
// one that has no more to it, else the first.
func same(value string, stored any, otherwise map[string]any) map[string]any {
	list, _ := stored.([]any)
	var found map[string]any
	for _, one := range list {
		element, ok := one.(map[string]any)
		if !ok || textOf(element, "value") != value {
			continue
		}
		if len(element) == 1 {
			return element
		}
		if found == nil {
			found = element
		}
	}
	if found == nil {
		return otherwise
	}
	return found
}

// withFirst are several elements with another value of the primary one.
func withFirst(cell string, stored any) any {
	cell = strings.TrimSpace(cell)
	old := firstOf(stored)
	if old == nil {
		return []any{map[string]any{"value": cell, "type": "work", "primary": true}}
	}
	list, _ := stored.([]any)
	next := make([]any, 0, len(list))
	done := false
	for _, one := range list {
		element, _ := one.(map[string]any)
		if is := textOf(element, "value") == textOf(old, "value") && element["primary"] == old["primary"]; is && !done {
			changed := map[string]any{}
			for name, v := range element {
				changed[name] = v
			}
			changed["value"], done = cell, true
			element = changed
		}
		next = append(next, element)
	}
	return next
}

func parseReference(cell string, stored any) (any, error) {
	if strings.HasPrefix(cell, "{") {
		var of map[string]any
		if err := json.Unmarshal([]byte(cell), &of); err != nil {
			return nil, errJSON
		}
		return of, nil
	}
	if was, ok := stored.(map[string]any); ok && textOf(was, "value") == cell {
		return was, nil
	}
	return map[string]any{"value": cell}, nil
}
