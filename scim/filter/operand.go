package filter

import (
	"strings"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// literal checks that a literal has the attribute's type (RFC 7644 section
// 3.4.2.2) and returns its comparison key.
func (b *binder) literal(a *schema.Attribute, literal any) (any, error) {
	switch v := literal.(type) {
	case string:
		switch a.Type {
		case schema.String, schema.Reference, schema.Binary:
			return a.Key(v), nil
		case schema.DateTime:
			at, err := schema.ParseTime(v)
			if err != nil {
				return nil, fault.New(fault.InvalidFilter, "%s compares with a dateTime such as \"2026-01-02T03:04:05Z\"", a)
			}
			return schema.TimeKey(at), nil
		case schema.Boolean:
			for _, value := range []bool{true, false} {
				if strings.EqualFold(v, boolText(value)) && b.leniency.Use(schema.BooleanStrings) {
					return value, nil
				}
			}
		}
	case bool:
		if a.Type == schema.Boolean {
			return v, nil
		}
	case int: // the library's parser tells whole numbers apart
		return b.literal(a, float64(v))
	case float64:
		if a.Type == schema.Integer || a.Type == schema.Decimal {
			return v, nil
		}
	}
	return nil, fault.New(fault.InvalidFilter, "%s is of type %s and cannot be compared with that value", a, a.Type)
}

func boolText(v bool) string {
	if v {
		return "true"
	}
	return "false"
}

// checkOperator is the table of operators by type (RFC 7644 section 3.4.2.2).
func checkOperator(a *schema.Attribute, op Op) error {
	textual := a.Type == schema.String || a.Type == schema.Reference
	ordered := a.Type != schema.Boolean && a.Type != schema.Binary
	if op.substring() && !textual || op.ordering() && !ordered {
		return fault.New(fault.InvalidFilter, "%s is of type %s, which has no operator %s", a, a.Type, op)
	}
	return nil
}

// hidden reports whether answers never show the attribute: then filters must
// not find it out either (RFC 7643 section 7, RFC 7644 section 7.5).
func hidden(a *schema.Attribute) bool {
	for at := a; at != nil; at = at.Parent {
		if at.Returned == schema.Never || at.Mutability == schema.WriteOnly {
			return true
		}
	}
	return false
}

func refuseHidden(a *schema.Attribute) error {
	refused := fault.New(fault.InvalidFilter, "%s cannot be used in a filter", a)
	refused.Confidential = true
	return refused
}

func isValue(name string) bool { return strings.EqualFold(name, "value") }
