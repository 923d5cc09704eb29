package sqlite

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/store"
)

// probeBytes is how much of a string the side table keeps.
const probeBytes = 200

// pathKey is a path in the side table. That two paths could share a key does
// no harm: the side table only narrows down.
func pathKey(names []string) string { return strings.Join(names, "\x1f") }

// probeText is the part of a string that the side table keeps, whole characters
// only. Equal strings have equal parts, and a prefix has a part that is a
// prefix.
func probeText(text string) string {
	if len(text) <= probeBytes {
		return text
	}
	end := probeBytes
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// shadow is a search shadow made ready: its canonical text, so that the names
// in it are spelled in one way, and its rows of the side table as a JSON array
// of [path, value].
type shadow struct{ index, rows string }

// readShadow decodes Record.Index once, strictly.
func readShadow(index []byte) (shadow, error) {
	if len(index) == 0 {
		index = []byte(`{}`)
	}
	var root map[string]any
	if err := json.Unmarshal(index, &root); err != nil || root == nil {
		// The decoder's error quotes the text.
		return shadow{}, fmt.Errorf("index is not a JSON object: %w", store.ErrInvalid)
	}
	canonical := jsontext.Value(bytes.Clone(index))
	if err := canonical.Format(); err != nil {
		return shadow{}, fmt.Errorf("index is not a JSON object: %w", store.ErrInvalid)
	}
	walk := shadowWalk{seen: map[[2]any]bool{}, rows: [][2]any{}}
	if err := walk.object(root, nil); err != nil {
		return shadow{}, err
	}
	rows, err := json.Marshal(walk.rows)
	if err != nil {
		return shadow{}, err
	}
	return shadow{index: string(canonical), rows: string(rows)}, nil
}

type shadowWalk struct {
	seen map[[2]any]bool
	rows [][2]any
}

func (w *shadowWalk) object(object map[string]any, names []string) error {
	for name, value := range object {
		if err := store.CheckText("attribute name in index", name); err != nil {
			return err
		}
		if err := w.value(value, append(names[:len(names):len(names)], name)); err != nil {
			return err
		}
	}
	return nil
}

func (w *shadowWalk) value(value any, names []string) error {
	switch v := value.(type) {
	case string:
		if err := store.CheckText("value in index", v); err != nil {
			return err
		}
		w.add(names, probeText(v))
	case float64, bool:
		// Presence alone: comparisons with these are not narrowed down.
		w.add(names, 0)
	case map[string]any:
		if len(v) > 0 {
			w.add(names, 0)
		}
		return w.object(v, names)
	case []any:
		for _, element := range v {
			if err := w.value(element, names); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *shadowWalk) add(names []string, value any) {
	row := [2]any{pathKey(names), value}
	if !w.seen[row] {
		w.seen[row] = true
		w.rows = append(w.rows, row)
	}
}
