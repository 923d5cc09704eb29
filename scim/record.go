package scim

import (
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// fill sets everything of a record that follows from the object.
func fill(record *store.Record, t *schema.ResourceType, object *schema.Object) {
	record.Document = t.AppendDocument(make([]byte, 0, 2048), record.ID.String(), object)
	record.Index = shadow(t, object)
	record.ExternalID = object.Text(t.ExternalID)
	record.Name, record.SortName, record.Label = "", "", ""
	if t.Naming != nil {
		record.Label = object.Text(t.Naming)
		record.Name = t.Naming.Fold(record.Label)
	}
	if t.DisplayName != nil {
		if display := object.Text(t.DisplayName); display != "" {
			record.Label = display
			record.SortName = t.DisplayName.Fold(display)
		}
	}
	// A sort key that no index can hold sorts by its beginning.
	record.SortName = clipKey(record.SortName)
}

func clipKey(key string) string { return clip(key, store.MaxKeyBytes) }

// clip cuts a text to so many bytes, between characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && text[cut]&0xc0 == 0x80 {
		cut--
	}
	return text[:cut]
}

// uniqueValues lists the values that must be free, beside the name, each once:
// a resource may repeat its own.
func uniqueValues(t *schema.ResourceType, object *schema.Object) []store.UniqueValue {
	var values []store.UniqueValue
	seen := map[store.UniqueValue]bool{}
	for _, a := range t.Unique() {
		for _, v := range valuesAt(object, a) {
			value := store.UniqueValue{Attribute: a.Path(), Value: uniqueKey(a, v)}
			if !seen[value] {
				seen[value] = true
				values = append(values, value)
			}
		}
	}
	return values
}

// uniqueKey tells values apart that must differ. An integer has more digits
// than the float64 that filters compare.
func uniqueKey(a *schema.Attribute, v schema.Value) string {
	if n, ok := v.(int64); ok {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprint(a.Key(v))
}

// valuesAt collects the scalar values of an attribute, through lists.
func valuesAt(object *schema.Object, a *schema.Attribute) []schema.Value {
	holders := []*schema.Object{object}
	if a.Parent != nil {
		holders = nil
		for _, v := range valuesAt(object, a.Parent) {
			holders = append(holders, v.(*schema.Object))
		}
	}
	var values []schema.Value
	for _, holder := range holders {
		switch v := holder.Get(a).(type) {
		case nil:
		case schema.List:
			for _, element := range v {
				values = append(values, element)
			}
		default:
			values = append(values, v)
		}
	}
	return values
}

// without returns what is in a and not in b.
func without(a, b []store.UniqueValue) []store.UniqueValue {
	in := make(map[store.UniqueValue]bool, len(b))
	for _, v := range b {
		in[v] = true
	}
	var only []store.UniqueValue
	for _, v := range a {
		if !in[v] {
			only = append(only, v)
		}
	}
	return only
}

// memberIDs reads the ids out of the value of a members attribute.
func memberIDs(t *schema.ResourceType, v schema.Value) ([]uuid.UUID, error) {
	list, _ := v.(schema.List)
	ids := make([]uuid.UUID, 0, len(list))
	value, _ := t.Members.Value()
	for _, element := range list {
		id, err := memberID(element.(*schema.Object).Text(value))
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func memberID(text string) (uuid.UUID, error) {
	id, ok := store.ParseID(text)
	if !ok {
		return uuid.UUID{}, fault.New(fault.InvalidValue, "members: a value is not the id of a resource")
	}
	return id, nil
}

// memberTypes are, for each type with members, the resource types that these
// may have: all of them, unless an operator's document says which.
func memberTypes(types *schema.Registry) map[*schema.ResourceType][]string {
	out := map[*schema.ResourceType][]string{}
	for _, t := range types.Types() {
		switch {
		case t.Members == nil:
		case t.MemberTypes != nil:
			out[t] = t.MemberTypes
		default:
			out[t] = types.TypeNames()
		}
	}
	return out
}
