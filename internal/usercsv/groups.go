package usercsv

import (
	"errors"
	"slices"
)

// errNames says what is wrong with a cell of groups.
var errNames = errors.New("is not of the form name; name")

// Groups are the groups, by name or id, that a record names and that a user is no
// direct member of yet, each once. user is as in Change.
func (m *Mapping) Groups(user map[string]any, record *Record) (names []string, findings []Finding) {
	cell := m.Of(record, groupsName)
	if cell == "" || record.Problem != "" {
		return nil, nil
	}
	names, err := parseNames(cell)
	if err != nil {
		return nil, []Finding{{groupsName, err.Error() + `: "` + clip(cell, 100) + `"`}}
	}
	list, _ := user[groupsName].([]any)
	is := map[string]bool{}
	for _, one := range list {
		if group, ok := one.(map[string]any); ok && textOf(group, "type") != indirect {
			is[nameOf(group)], is[textOf(group, "value")] = true, true
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return is[name] }), nil
}

// parseNames reads what namesOf writes. A membership that follows from that of a
// group comes with it, and is passed over.
func parseNames(cell string) ([]string, error) {
	var list []string
	seen := map[string]bool{}
	for _, parts := range fields(cell) {
		switch {
		case parts[0] == "", len(parts) > 2, len(parts) == 2 && parts[1] != indirect && parts[1] != "direct":
			return nil, errNames
		case len(parts) == 2 && parts[1] == indirect, seen[parts[0]]:
			continue
		}
		seen[parts[0]], list = true, append(list, parts[0])
	}
	return list, nil
}
