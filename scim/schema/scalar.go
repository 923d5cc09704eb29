package schema

import (
	"math"
	"strconv"
	"strings"

	"rollcall/scim/fault"
)

// text takes a JSON string for an attribute.
func (d *decoder) text(a *Attribute, text string) (Value, error) {
	if text == "" && !a.Required && a.Type != Binary && d.leniency.Use(EmptyStrings) {
		return nil, nil
	}
	return d.textValue(a, text)
}

// textValue checks a string that was not checked before.
func (d *decoder) textValue(a *Attribute, text string) (Value, error) {
	if d.stored {
		return text, nil
	}
	return a.textValue(text, d.leniency)
}

// textValue checks a string against the attribute's type and rule.
func (a *Attribute) textValue(text string, leniency *Leniency) (Value, error) {
	if strings.ContainsRune(text, 0) {
		return nil, fault.New(fault.InvalidValue, "%s: the value contains a NUL character", a)
	}
	switch a.Type {
	case Reference:
		if !isURI(text) && !leniency.Use(UncheckedReferences) {
			return nil, fault.New(fault.InvalidValue, "%s: the value must be an absolute or relative URI", a)
		}
		return text, a.checkRule(text, leniency)
	case String:
		return text, a.checkRule(text, leniency)
	case DateTime:
		if _, err := ParseTime(text); err != nil {
			return nil, mismatch(a, a.expects())
		}
		return text, nil
	case Binary:
		raw, err := decodeBinary(text)
		if err != nil {
			return nil, mismatch(a, a.expects())
		}
		if a.rule == ruleCertificate {
			return text, checkCertificate(a, raw, leniency)
		}
		return text, nil
	case Boolean:
		if value, ok := booleanText(text); ok && leniency.Use(BooleanStrings) {
			return value, nil
		}
	case Complex:
		if value, ok := a.Value(); ok && !a.Extension && leniency.Use(BareReferences) {
			v, err := value.textValue(text, leniency)
			if err != nil {
				return nil, err
			}
			object := &Object{}
			object.Set(value, v)
			return object, nil
		}
	}
	return nil, mismatch(a, a.expects())
}

func booleanText(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

func number(a *Attribute, text string) (Value, error) {
	switch a.Type {
	case Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, mismatch(a, "an integer of at most 64 bits")
		}
		return n, nil
	case Decimal:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || len(text) > 64 {
			return nil, mismatch(a, "a number within the range of a 64-bit float")
		}
		return Number(text), nil
	default:
		return nil, mismatch(a, a.expects())
	}
}

func (a *Attribute) expects() string {
	switch a.Type {
	case Boolean:
		return "true or false"
	case DateTime:
		return "a dateTime such as \"2026-01-02T03:04:05Z\""
	case Binary:
		return "a base64 string"
	case Complex:
		return "an object"
	case Integer:
		return "an integer"
	case Decimal:
		return "a number"
	default:
		return "a string"
	}
}

func mismatch(a *Attribute, expected string) error {
	return fault.New(fault.InvalidValue, "%s: the value must be %s", a, expected)
}
