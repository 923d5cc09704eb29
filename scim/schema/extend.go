package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// extend takes the schema extensions that an operator's document of the same
// name adds to a built-in resource type. Nothing else of such a type can be
// changed: what the document repeats must be as it is.
func (d *typeDocument) extend(by *typeDocument) error {
	switch {
	case by.Endpoint != "" && by.Endpoint != d.Endpoint:
		return fmt.Errorf("endpoint: that of %s is %s and stays", d.Name, d.Endpoint)
	case by.Schema != "" && !strings.EqualFold(by.Schema, d.Schema):
		return fmt.Errorf("schema: that of %s is %s and stays", d.Name, d.Schema)
	case len(by.Extensions) == 0:
		return errors.New("schemaExtensions: a document with the name of a built-in resource type adds extensions to it, and this one has none")
	}
	for _, use := range by.Extensions {
		known, ok := d.use(use.Schema)
		switch {
		case !ok:
			d.Extensions = append(d.Extensions, use)
		case known.Required != use.Required:
			return fmt.Errorf("schemaExtensions: %s is an extension of %s with required %t and stays so", use.Schema, d.Name, known.Required)
		}
	}
	d.file = by.file
	return d.render()
}

func (d *typeDocument) use(urn string) (extensionEntry, bool) {
	for _, use := range d.Extensions {
		if strings.EqualFold(use.Schema, urn) {
			return use, true
		}
	}
	return extensionEntry{}, false
}

// render writes the extensions into the document that is published.
func (d *typeDocument) render() error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(d.json, &members); err != nil {
		return err
	}
	list, err := json.Marshal(d.Extensions)
	if err != nil {
		return err
	}
	members["schemaExtensions"] = list
	d.json, err = json.Marshal(members)
	return err
}
