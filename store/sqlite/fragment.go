package sqlite

import (
	"fmt"
	"strings"
)

// fragment is a piece of SQL with the values of its parameters in the order of
// their question marks. Values never become text.
type fragment struct {
	text string
	args []any
}

// sqlf fills the verbs %s of format with fragments, texts that this package
// wrote itself, or, for everything else, a parameter.
func sqlf(format string, parts ...any) fragment {
	texts := make([]any, 0, len(parts))
	var args []any
	for _, part := range parts {
		switch p := part.(type) {
		case fragment:
			texts = append(texts, p.text)
			args = append(args, p.args...)
		case raw:
			texts = append(texts, string(p))
		default:
			texts = append(texts, "?")
			args = append(args, p)
		}
	}
	return fragment{text: fmt.Sprintf(format, texts...), args: args}
}

// raw is SQL that this package wrote, such as an alias.
type raw string

func join(list []fragment, separator string) fragment {
	texts := make([]string, 0, len(list))
	var args []any
	for _, one := range list {
		texts = append(texts, one.text)
		args = append(args, one.args...)
	}
	return fragment{text: strings.Join(texts, separator), args: args}
}

// balanced joins conditions as a tree of logarithmic depth: SQLite refuses
// expressions that are 1,000 levels deep, and a chain is as deep as it is long.
func balanced(list []fragment, operator, empty string) fragment {
	switch len(list) {
	case 0:
		return fragment{text: empty}
	case 1:
		return list[0]
	}
	half := len(list) / 2
	return sqlf("(%s %s %s)", balanced(list[:half], operator, empty), raw(operator), balanced(list[half:], operator, empty))
}
