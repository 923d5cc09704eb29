package schema

import "encoding/json"

// WithoutCredentials is the document as those see it who must not know of
// credentials: without the attributes that hold any.
func (d *Document) WithoutCredentials() json.RawMessage {
	hidden := map[string]bool{}
	for _, model := range d.attributes {
		hideCredentials(compile(model, nil, named{d.URN, model.Name()}), hidden)
	}
	if len(hidden) == 0 {
		return d.JSON
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(d.JSON, &fields); err != nil {
		panic("a schema document that was loaded is not JSON: " + err.Error())
	}
	fields["attributes"] = keepShown("", fields["attributes"], hidden)
	return marshalDocument(fields)
}

// hideCredentials collects the paths of an attribute and its sub-attributes
// that hold credentials.
func hideCredentials(a *Attribute, hidden map[string]bool) {
	if a.credential {
		hidden[a.Path()] = true
	}
	for _, sub := range a.Sub {
		hideCredentials(sub, hidden)
	}
}

// keepShown drops hidden definitions from a list of attributes.
func keepShown(prefix string, list json.RawMessage, hidden map[string]bool) json.RawMessage {
	var definitions []json.RawMessage
	if err := json.Unmarshal(list, &definitions); err != nil {
		panic("a schema document that was loaded has no list of attributes: " + err.Error())
	}
	kept := []json.RawMessage{}
	for _, definition := range definitions {
		var fields map[string]json.RawMessage
		var name string
		if json.Unmarshal(definition, &fields) != nil || json.Unmarshal(fields["name"], &name) != nil {
			panic("a schema document that was loaded defines an attribute without a name")
		}
		if hidden[prefix+name] {
			continue
		}
		if subs, ok := fields["subAttributes"]; ok {
			fields["subAttributes"] = keepShown(prefix+name+".", subs, hidden)
			definition = marshalDocument(fields)
		}
		kept = append(kept, definition)
	}
	return marshalDocument(kept)
}

func marshalDocument(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic("a schema document that was loaded cannot be rendered: " + err.Error())
	}
	return out
}
