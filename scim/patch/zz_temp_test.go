package patch_test

import (
	"encoding/json"
	"os"
	"bufio"
	"strings"
	"testing"
	"slices"
	"bytes"

	"rollcall/scim/patch"
	"rollcall/scim/schema"
)

func TestTemp(t *testing.T) {
	f, _ := os.Open("/work/shared/idp/cases.jsonl")
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 10<<20)
	for sc.Scan() {
		var c struct{ Id string; Steps []struct{ Method, Path string; Body json.RawMessage; Expect struct{ Status []int; Body_subset json.RawMessage } } }
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil { t.Fatal(err) }
		cur := map[string]*schema.Object{}
		for _, s := range c.Steps {
			kind := "User"
			if strings.HasPrefix(s.Path, "/Groups") { kind = "Group" }
			rt := resourceType(t, kind)
			l := &schema.Leniency{Allowed: schema.AllNormalisations}
			switch s.Method {
			case "POST":
				b, err := rt.Decode(bytes.NewReader(s.Body), l)
				if err == nil { cur[kind] = b.Object }
			case "PATCH":
				r, err := patch.Parse(bytes.NewReader(s.Body), rt, l)
				var res patch.Result
				if err == nil {
					if cur[kind] == nil { t.Log(c.Id, "no object"); continue }
					res, err = patch.Apply(rt, cur[kind], r, l)
				}
				ok := err == nil && slices.Contains(s.Expect.Status, 200) || err != nil && slices.Contains(s.Expect.Status, 400)
				if err == nil { cur[kind] = res.Object }
				mark := "ok  "
				if !ok { mark = "FAIL" }
				t.Log(mark, c.Id, err, outcome(res, err), res.Members, "WANT", string(s.Expect.Body_subset))
			}
		}
	}
}
