package openapi

import "strings"

// template is a path whose segments in braces stand for any text.
type template []string

func newTemplate(path string) template {
	if path = strings.Trim(path, "/"); path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// cut takes a template off the front of a path and returns what is left.
func (t template) cut(path []string) (rest []string, ok bool) {
	if len(path) < len(t) {
		return nil, false
	}
	for i, segment := range t {
		if path[i] == "" || !variable(segment) && segment != path[i] {
			return nil, false
		}
	}
	return path[len(t):], true
}

// covers reports whether a path is the template, or loosely whether its last
// variable can take what is left over.
func (t template) covers(path []string, loose bool) bool {
	if len(path) == len(t) {
		_, ok := t.cut(path)
		return ok
	}
	if !loose || len(t) == 0 || len(path) < len(t) || !variable(t[len(t)-1]) {
		return false
	}
	_, ok := t[:len(t)-1].cut(path)
	return ok
}

// compare orders concrete segments before variable ones.
func (t template) compare(other template) int {
	for i := range min(len(t), len(other)) {
		switch a, b := variable(t[i]), variable(other[i]); {
		case a && !b:
			return 1
		case b && !a:
			return -1
		}
		if c := strings.Compare(t[i], other[i]); c != 0 {
			return c
		}
	}
	return len(t) - len(other)
}

// named returns the segments of a path that stand for variables.
func (t template) named(path []string) map[string]string {
	values := map[string]string{}
	for i, segment := range t {
		if variable(segment) {
			values[segment[1:len(segment)-1]] = path[i]
		}
	}
	return values
}

func variable(segment string) bool { return strings.HasPrefix(segment, "{") }
