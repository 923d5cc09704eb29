package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// missing stands for a value that a document does not have.
type missing struct{}

// mismatches holds a document against an expectation in the words of the case
// file: objects match if every named key does, arrays if every wanted item
// matches some item, strings that start with "$" are matchers.
func mismatches(want, got any, at string) []string {
	if text, ok := want.(string); ok && strings.HasPrefix(text, "$") {
		if matches(text, got) {
			return nil
		}
		return []string{fmt.Sprintf("%s: want %s, got %s", at, text, brief(got))}
	}
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: want an object, got %s", at, brief(got))}
		}
		var out []string
		for key, w := range want {
			out = append(out, mismatches(w, member(object, key), at+"."+key)...)
		}
		return out
	case []any:
		list, ok := got.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s: want an array, got %s", at, brief(got))}
		}
		var out []string
		for _, w := range want {
			if !someMatch(w, list) {
				out = append(out, fmt.Sprintf("%s: no item matches %s in %s", at, brief(w), brief(got)))
			}
		}
		return out
	}
	if reflect.DeepEqual(want, got) {
		return nil
	}
	return []string{fmt.Sprintf("%s: want %s, got %s", at, brief(want), brief(got))}
}

func someMatch(want any, list []any) bool {
	for _, item := range list {
		if len(mismatches(want, item, "")) == 0 {
			return true
		}
	}
	return false
}

// matches applies a "$matcher" or compares a plain string that starts with $.
func matches(matcher string, got any) bool {
	name, argument, _ := strings.Cut(matcher, ":")
	gone := got == nil || got == any(missing{})
	text, isText := got.(string)
	size := -1
	switch v := got.(type) {
	case []any:
		size = len(v)
	case string:
		size = len(v)
	case map[string]any:
		size = len(v)
	case nil, missing:
		size = 0
	}
	number := func() int { n, _ := strconv.Atoi(argument); return n }
	switch name {
	case "$absent":
		return gone
	case "$any":
		return !gone
	case "$empty":
		return size == 0
	case "$string":
		return isText
	case "$array":
		_, ok := got.([]any)
		return ok
	case "$object":
		_, ok := got.(map[string]any)
		return ok
	case "$number":
		_, ok := got.(float64)
		return ok
	case "$boolean":
		_, ok := got.(bool)
		return ok
	case "$len":
		return size == number()
	case "$minlen":
		return size >= number()
	case "$maxlen":
		return size >= 0 && size <= number()
	case "$ci":
		return isText && strings.EqualFold(text, argument)
	case "$re":
		return isText && regexp.MustCompile(argument).MatchString(text)
	case "$not":
		return gone || fmt.Sprint(got) != argument
	case "$without":
		var unwanted any
		if err := json.Unmarshal([]byte(argument), &unwanted); err != nil {
			return false
		}
		list, _ := got.([]any)
		return gone || !someMatch(unwanted, list)
	}
	return got == any(matcher)
}

func member(object map[string]any, key string) any {
	if v, ok := object[key]; ok {
		return v
	}
	return missing{}
}

func brief(v any) string {
	if v == any(missing{}) {
		return "nothing"
	}
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(out) > 140 {
		out = out[:140]
	}
	return string(out)
}

var pathStep = regexp.MustCompile(`\.([A-Za-z_$][\w$-]*)|\[(\d+)\]|\["([^"]+)"\]`)

// pick follows a path such as $.a.b[0]["x.y"].
func pick(document any, path string) any {
	for _, step := range pathStep.FindAllStringSubmatch(path, -1) {
		switch {
		case step[2] != "":
			list, _ := document.([]any)
			i, _ := strconv.Atoi(step[2])
			if i >= len(list) {
				return missing{}
			}
			document = list[i]
		default:
			object, ok := document.(map[string]any)
			if !ok {
				return missing{}
			}
			document = member(object, step[1]+step[3])
		}
	}
	return document
}
