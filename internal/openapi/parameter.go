package openapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// check holds a value, which is text on the wire, against the schema: as text,
// or as the number or boolean that the text spells.
func (p *Parameter) check(text string) error {
	if p.list {
		var elements []any
		for element := range strings.SplitSeq(text, ",") {
			elements = append(elements, element)
		}
		return p.wrong(p.schema.Validate(elements))
	}
	err := p.schema.Validate(text)
	if err == nil {
		return nil
	}
	if literal := strings.TrimSpace(text); literal != "" && strings.Trim(literal, "-0123456789") == "" {
		return p.wrong(p.schema.Validate(json.Number(literal)))
	}
	if text == "true" || text == "false" {
		return p.wrong(p.schema.Validate(text == "true"))
	}
	return p.wrong(err)
}

func (p *Parameter) wrong(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the %s %s: %w", map[bool]string{true: "header", false: "parameter"}[p.In == "header"], p.Name, err)
}

// print writes an example as it stands on the wire.
func (p *Parameter) print(value any) string {
	if list, ok := value.([]any); ok {
		var elements []string
		for _, element := range list {
			elements = append(elements, fmt.Sprint(element))
		}
		return strings.Join(slices.Clip(elements), ",")
	}
	return fmt.Sprint(value)
}
