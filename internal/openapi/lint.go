package openapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Lint names what is valid in a document and yet careless: operations without
// an id, a summary or a declared tag, path parameters that do not meet the
// path, and components that nothing uses.
func Lint(text []byte) error {
	value, err := decode(text)
	if err != nil {
		return err
	}
	l := &lint{reader: reader{root: value}, ids: map[string]string{}, tags: map[string]bool{}}
	root := node{value, ""}
	tags, _ := l.child(root, "tags").value.([]any)
	for _, tag := range tags {
		l.tags[l.text(node{tag, ""}, "name")] = false
	}
	l.each(l.child(root, "paths"), l.path)
	for tag, used := range l.tags {
		if !used {
			l.report("the tag %s is not used", tag)
		}
	}
	l.components(root)
	return errors.Join(append(l.problems, l.err)...)
}

type lint struct {
	reader
	ids      map[string]string
	tags     map[string]bool
	problems []error
}

func (l *lint) report(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf(format, args...))
}

func (l *lint) path(path string, item node) {
	shared := l.pathParameters(l.child(item, "parameters"))
	l.each(item, func(method string, operation node) {
		if method == "parameters" {
			return
		}
		at := strings.ToUpper(method) + " " + path
		id := l.text(operation, "operationId")
		if other, taken := l.ids[id]; taken || id == "" {
			l.report("%s: the operationId %q is missing or that of %s", at, id, other)
		}
		l.ids[id] = at
		if l.text(operation, "summary") == "" {
			l.report("%s: no summary", at)
		}
		tags, _ := l.child(operation, "tags").value.([]any)
		for _, tag := range tags {
			name, _ := tag.(string)
			if _, declared := l.tags[name]; !declared {
				l.report("%s: the tag %s is not declared", at, name)
			}
			l.tags[name] = true
		}
		if len(tags) == 0 {
			l.report("%s: no tag", at)
		}
		declared := append(l.pathParameters(l.child(operation, "parameters")), shared...)
		wanted := slices.Collect(maps.Keys(newTemplate(path).named(newTemplate(path))))
		slices.Sort(declared)
		slices.Sort(wanted)
		if !slices.Equal(declared, wanted) {
			l.report("%s: the path parameters %v are not those of the path", at, declared)
		}
	})
}

func (l *lint) pathParameters(list node) []string {
	var names []string
	elements, _ := list.value.([]any)
	for i := range elements {
		parameter := l.element(list, i)
		if l.text(parameter, "in") == "path" {
			names = append(names, l.text(parameter, "name"))
		}
	}
	return names
}

// components reports those that no reference leads to.
func (l *lint) components(root node) {
	const responses = "#/components/responses/"
	used := map[string]bool{responses + notFoundResponse: true, responses + methodNotAllowedResponse: true}
	references(root.value, used)
	l.each(l.child(root, "components"), func(kind string, members node) {
		l.each(members, func(name string, _ node) {
			if kind != "securitySchemes" && !used["#/components/"+kind+"/"+name] {
				l.report("components/%s/%s is not used", kind, name)
			}
		})
	})
}

func references(value any, found map[string]bool) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			references(element, found)
		}
	case map[string]any:
		if ref, ok := value["$ref"].(string); ok {
			found[ref] = true
		}
		for _, member := range value {
			references(member, found)
		}
	}
}
