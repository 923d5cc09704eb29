package console

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// change is one value that a row of the audit trail names, before and after.
type change struct {
	// Name is the path of the value: "name.givenName", "emails[work]".
	Name          string
	Before, After changedValue
	// Hidden says that no more is known than that it changed: it is secret.
	Hidden bool
	// Alone says that there was nothing before, or is nothing after, of any value.
	Alone bool
}

// changedValue is a value for people: Text is its beginning where there is more to
// it than fits beside others, and Whole all of it then.
type changedValue struct{ Text, Whole string }

// longestChange is how much of a value stands beside others, in characters.
const longestChange = 120

func valueOf(text string) changedValue {
	if utf8.RuneCountInString(text) <= longestChange {
		return changedValue{Text: text}
	}
	return changedValue{string([]rune(text)[:longestChange]) + "…", text}
}

// changeList are the changes of a row: a few at once, the others on demand.
type changeList struct{ First, More []change }

// shownChanges is how many changes of a row stand in it at once.
const shownChanges = 8

// listed is nil for none.
func listed(changes []change) *changeList {
	if len(changes) == 0 {
		return nil
	}
	if len(changes) <= shownChanges+1 { // one more takes no more room than saying so
		return &changeList{First: changes}
	}
	return &changeList{changes[:shownChanges], changes[shownChanges:]}
}

// changesOf reads what a row of the audit trail says of values, {"name": [before,
// after]}, and lists what differs, each by its path. Under no name is a whole
// resource that came or went. A row of another form says nothing.
func changesOf(row []byte, called names) []change {
	var values map[string][]json.RawMessage
	if json.Unmarshal(row, &values) != nil {
		return nil
	}
	d := differ{called: called}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) != 2 {
			continue
		}
		was, is := decoded(values[name][0]), decoded(values[name][1])
		switch {
		case was == nil && is == nil:
			d.list = append(d.list, change{Name: short(name), Hidden: true})
		case name == "":
			d.resource(was, is)
		default:
			d.compare(short(name), was, is)
		}
	}
	return d.list
}

// onlyTold marks the changes of a row that tells of what was done and has nothing
// before it, such as how somebody has signed in.
func onlyTold(changes []change) {
	if slices.ContainsFunc(changes, func(one change) bool { return one.Before.Text != "" }) {
		return
	}
	for i := range changes {
		changes[i].Alone = true
	}
}

// decoded is a JSON value with its numbers as they are written.
func decoded(text json.RawMessage) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// short is the name of an attribute without the schema that it is of.
func short(name string) string {
	if i := strings.LastIndex(name, ":"); i >= 0 && strings.HasPrefix(name, "urn:") {
		return name[i+1:]
	}
	return name
}

// policyPath is what paths of the values of a policy begin with.
const policyPath = "policy."

// differ lists what differs between values.
type differ struct {
	called names
	list   []change
	// alone says that a whole resource came or went.
	alone bool
}

// resource compares whole resources, of which one is none: attributes of
// extensions stand beside the others, as in the rows of changes.
func (d *differ) resource(was, is any) {
	before, _ := was.(map[string]any)
	after, _ := is.(map[string]any)
	if before == nil && after == nil {
		d.compare("all of it", was, is) // it was erased
	}
	d.alone = true
	for _, name := range either(before, after) {
		switch {
		case name == "schemas", name == "id":
		case strings.HasPrefix(name, "urn:"):
			from, _ := before[name].(map[string]any)
			to, _ := after[name].(map[string]any)
			for _, sub := range either(from, to) {
				d.compare(sub, from[sub], to[sub])
			}
		default:
			d.compare(name, before[name], after[name])
		}
	}
}

// either are the names of two objects, in their order.
func either(a, b map[string]any) []string {
	both := maps.Clone(a)
	if both == nil {
		both = map[string]any{}
	}
	maps.Copy(both, b)
	return slices.Sorted(maps.Keys(both))
}

// compare lists what differs between two values; nil is none.
func (d *differ) compare(path string, was, is any) {
	if reflect.DeepEqual(was, is) {
		return
	}
	before, wasObject := was.(map[string]any)
	after, isObject := is.(map[string]any)
	from, wasList := was.([]any)
	to, isList := is.([]any)
	switch {
	case (wasObject || was == nil) && (isObject || is == nil):
		for _, name := range either(before, after) {
			d.compare(path+"."+name, before[name], after[name])
		}
	case (wasList || was == nil) && (isList || is == nil):
		d.elements(path, from, to)
	default:
		d.value(path, was, is)
	}
}

// value lists a change that is told by two texts.
func (d *differ) value(path string, was, is any) {
	before, after := d.text(was), d.text(is)
	if field, ok := policyFields[strings.TrimPrefix(path, policyPath)]; ok && strings.HasPrefix(path, policyPath) {
		path = field.Title
		if field.Kind == "length" && was != nil && is != nil {
			before, after = policyValue(field, before), policyValue(field, after)
		}
	}
	if before != after {
		d.list = append(d.list, change{Name: path, Before: valueOf(before), After: valueOf(after), Alone: d.alone})
	}
}

// text writes a value for people; nothing for none. Ids of those who act are
// written by their names.
func (d *differ) text(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case bool:
		if value {
			return "yes"
		}
		return "no"
	case json.Number:
		return value.String()
	case string:
		if name, ok := d.called.sources[value]; ok {
			return name
		}
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return when(at)
		}
		return value
	case []any:
		texts := make([]string, len(value))
		for i := range value {
			texts[i] = d.text(value[i])
		}
		return strings.Join(texts, ", ")
	case map[string]any:
		var texts []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			texts = append(texts, name+" "+d.text(value[name]))
		}
		return strings.Join(texts, " ")
	}
	return ""
}
