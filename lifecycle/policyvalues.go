package lifecycle

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Values are the values of the policy by the names that they have in the text,
// "guard.mode", written as there.
func (p Policy) Values() map[string]string {
	values := map[string]string{}
	for name, value := range p.leaves() {
		if text, ok := value.(string); ok {
			values[name] = text
			continue
		}
		// Numbers and truth values can always be marshalled.
		text, _ := json.Marshal(value)
		values[name] = string(text)
	}
	return values
}

// With is the policy with other values, named and written as Values has them,
// and what is wrong with them: all of it, value by value. The policy is of use
// where nothing is.
func (p Policy) With(values map[string]string) (Policy, []*PolicyError) {
	leaves, next := p.leaves(), p.text()
	var found []*PolicyError
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, problem := leafOf(leaves[name], values[name])
		if problem == "" {
			// What is marshalled here was texts, numbers and truth values.
			text, _ := json.Marshal(nested(map[string]any{name: value}))
			// Of texts lengths alone can be unreadable.
			if json.Unmarshal(text, &next) != nil {
				problem = errLength.Error()
			}
		}
		if problem != "" {
			found = append(found, &PolicyError{name, problem})
		}
	}
	changed := next.policy()
	for _, one := range changed.problems() {
		if !slices.ContainsFunc(found, func(e *PolicyError) bool { return e.Field == one.Field }) {
			found = append(found, one)
		}
	}
	return changed, found
}

// leafOf reads a value of the type that it has in a policy.
func leafOf(was any, text string) (value any, problem string) {
	switch was.(type) {
	case string:
		return text, ""
	case bool:
		truth, err := strconv.ParseBool(text)
		if err != nil {
			return nil, "is true or false"
		}
		return truth, ""
	case float64:
		number, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return nil, "is not a whole number, or too large"
		}
		return number, ""
	}
	return nil, "is no value of a policy"
}

// Text is what Overlay makes this policy of another one by: the values in which
// they differ.
func (p Policy) Text(of Policy) []byte {
	leaves := p.leaves()
	for name, value := range of.leaves() {
		if leaves[name] == value {
			delete(leaves, name)
		}
	}
	// Texts, numbers and truth values can always be marshalled.
	text, _ := json.Marshal(nested(leaves))
	return text
}

// leaves are the values of the text, by name.
func (p Policy) leaves() map[string]any {
	text, _ := json.Marshal(p) // of texts, numbers and truth values
	var tree map[string]any
	_ = json.Unmarshal(text, &tree) // which are an object
	leaves := map[string]any{}
	for name, value := range tree {
		branch, ok := value.(map[string]any)
		if !ok {
			leaves[name] = value
			continue
		}
		for leaf, value := range branch {
			leaves[name+"."+leaf] = value
		}
	}
	return leaves
}

// nested is the object that leaves stand in.
func nested(leaves map[string]any) map[string]any {
	tree := map[string]any{}
	for name, value := range leaves {
		branch, leaf, ok := strings.Cut(name, ".")
		if !ok {
			tree[name] = value
			continue
		}
		inner, _ := tree[branch].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
			tree[branch] = inner
		}
		inner[leaf] = value
	}
	return tree
}
