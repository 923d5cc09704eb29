package lifecycle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// checkRepeated refuses an object of values and objects that gives a name twice:
// which of them is meant nobody knows. Names that differ in case alone are one,
// as they are to the reader. The text has been read before.
func checkRepeated(text []byte) error {
	reader := json.NewDecoder(bytes.NewReader(text))
	var open []map[string]bool // the names of the objects around
	for named := false; ; {
		token, err := reader.Token()
		if err != nil {
			return err
		}
		name, isText := token.(string)
		switch {
		case token == json.Delim('{'):
			open, named = append(open, map[string]bool{}), false
		case token == json.Delim('}'):
			open, named = open[:len(open)-1], false
		case isText && !named && len(open) > 0:
			names, folded := open[len(open)-1], strings.ToLower(strings.ToUpper(name))
			if names[folded] {
				return fmt.Errorf("the name %q is repeated", name)
			}
			names[folded], named = true, true
		default:
			named = false
		}
		if len(open) == 0 {
			return nil
		}
	}
}
