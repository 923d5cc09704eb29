package scim

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/schema"
)

// shadow renders the search shadow of a resource: comparison keys under the
// names that filters use. What has a column of its own is left out.
func shadow(t *schema.ResourceType, object *schema.Object) []byte {
	out := append(make([]byte, 0, 1024), '{')
	first := true
	for a, v := range object.All() {
		if a.Computed != schema.Stored || a == t.Naming || a == t.ExternalID || a == t.ID || a.Returned == schema.Never {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = appendQuoted(out, a.Name)
		out = append(out, ':')
		out = appendShadow(out, a, v)
	}
	return append(out, '}')
}

func appendShadow(out []byte, a *schema.Attribute, v schema.Value) []byte {
	switch v := v.(type) {
	case *schema.Object:
		out = append(out, '{')
		n := 0
		for sub, value := range v.All() {
			if sub.Returned == schema.Never {
				continue
			}
			if n > 0 {
				out = append(out, ',')
			}
			n++
			out = appendQuoted(out, sub.Name)
			out = append(out, ':')
			out = appendShadow(out, sub, value)
		}
		return append(out, '}')
	case schema.List:
		out = append(out, '[')
		for i, element := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendShadow(out, a, element)
		}
		return append(out, ']')
	}
	if !a.Indexed() {
		return append(out, "true"...) // its presence is all that is kept
	}
	switch key := a.Key(v).(type) {
	case string:
		return appendQuoted(out, key)
	case bool:
		return strconv.AppendBool(out, key)
	case float64:
		if math.IsInf(key, 0) || math.IsNaN(key) {
			return append(out, "null"...)
		}
		return strconv.AppendFloat(out, key, 'g', -1, 64)
	}
	return append(out, "null"...)
}

// appendQuoted appends a JSON string; what is stored was checked to be UTF-8.
func appendQuoted(out []byte, text string) []byte {
	out, err := jsontext.AppendQuote(out, text)
	if err != nil {
		return out // invalid UTF-8 was replaced
	}
	return out
}
