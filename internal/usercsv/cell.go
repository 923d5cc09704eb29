package usercsv

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/scim/schema"
)

// value is the attribute of a user as decoded from JSON; nil for none.
func value(user map[string]any, path []string) any {
	var at any = user
	for _, name := range path {
		holder, _ := at.(map[string]any)
		at = holder[name]
	}
	return at
}

// Cell is what the column says of a user.
func (c *Column) Cell(user map[string]any) string { return c.line(value(user, c.path)) }

// line is a value as it stands in a cell.
func (c *Column) line(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case string:
		return v
	}
	switch c.kind {
	case first:
		return textOf(firstOf(v), "value")
	case names:
		return namesOf(v)
	case reference:
		if of, ok := v.(map[string]any); ok && len(of) == 1 && textOf(of, "value") != "" && !strings.HasPrefix(textOf(of, "value"), "{") {
			return textOf(of, "value")
		}
	case values, elements:
		if line, ok := compact(v); ok {
			return line
		}
	}
	line, err := json.Marshal(v)
	if err != nil {
		return "" // what was decoded from JSON renders
	}
	return string(line)
}

func textOf(element map[string]any, name string) string {
	text, _ := element[name].(string)
	return text
}

// firstOf is the primary one of several elements, else the first; nil for none.
func firstOf(v any) map[string]any {
	list, _ := v.([]any)
	first, _ := schema.First(list, func(one any) bool {
		element, _ := one.(map[string]any)
		return element["primary"] == true
	})
	element, _ := first.(map[string]any)
	return element
}

// indirect is the type of a membership that follows from that of a group.
const indirect = "indirect"

func namesOf(v any) string {
	list, _ := v.([]any)
	var parts []string
	for _, one := range list {
		element, _ := one.(map[string]any)
		part := escaped(nameOf(element))
		if textOf(element, "type") == indirect {
			part += "|" + indirect
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// nameOf is what a group is called in a cell: its id where it has no name.
func nameOf(group map[string]any) string {
	if name := textOf(group, "display"); name != "" {
		return name
	}
	return textOf(group, "value")
}

// compact writes several values in a line: value|type|primary; and so on. What
// has more to say is no line.
func compact(v any) (string, bool) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return "", false
	}
	var parts []string
	for _, one := range list {
		part, ok := compactElement(one)
		if !ok {
			return "", false
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; "), true
}

func compactElement(v any) (string, bool) {
	if plain, ok := v.(string); ok {
		return escaped(plain), plain != ""
	}
	element, ok := v.(map[string]any)
	if !ok || textOf(element, "value") == "" {
		return "", false
	}
	line, known := escaped(textOf(element, "value")), 1
	if of := textOf(element, "type"); of != "" {
		line += "|" + escaped(of)
		known++
	}
	if element["primary"] == true {
		if known == 1 {
			line += "|"
		}
		line += "|primary"
		known++
	}
	return line, known == len(element)
}

// special have a meaning in a line of values.
const special = `\;|[` + "\n"

// escaped writes a value so that it is read again as it is.
func escaped(value string) string {
	var out strings.Builder
	for i, r := range value {
		edge := i == 0 || i+utf8.RuneLen(r) >= len(value)
		if strings.ContainsRune(special, r) || edge && unicode.IsSpace(r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}
