package patch_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"rollcall/scim/fault"
	"rollcall/scim/patch"
	"rollcall/scim/schema"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	const schemas = `"schemas":["` + patch.URN + `"]`
	for body, want := range map[string]fault.Type{
		``: fault.InvalidSyntax, `{`: fault.InvalidSyntax, `[]`: fault.InvalidSyntax, `"x"`: fault.InvalidSyntax, `{}`: fault.InvalidSyntax, `null`: fault.InvalidSyntax,
		`{` + schemas + `}`:                                                                                                fault.InvalidSyntax,
		`{` + schemas + `,"Operations":[]}`:                                                                                fault.InvalidSyntax,
		`{` + schemas + `,"Operations":null}`:                                                                              fault.InvalidSyntax,
		`{` + schemas + `,"Operations":{"op":"remove"}}`:                                                                   fault.InvalidSyntax,
		`{` + schemas + `,"Operations":[5]}`:                                                                               fault.InvalidSyntax,
		`{"Operations":[{"op":"remove","path":"title"}]}`:                                                                  fault.InvalidSyntax,
		`{"schemas":["urn:x"],"Operations":[{"op":"remove","path":"title"}]}`:                                              fault.InvalidSyntax,
		`{"schemas":"` + patch.URN + `","Operations":[{"op":"remove","path":"title"}]}`:                                    fault.InvalidSyntax,
		`{"schemas":[5],"Operations":[{"op":"remove","path":"title"}]}`:                                                    fault.InvalidSyntax,
		request(`{"path":"title","value":"x"}`):                                                                            fault.InvalidSyntax,
		request(`{"op":"move","path":"title","value":"x"}`):                                                                fault.InvalidSyntax,
		request(`{"op":5,"path":"title","value":"x"}`):                                                                     fault.InvalidSyntax,
		request(`{"op":"Add","path":"title","value":"x"}`):                                                                 fault.InvalidSyntax,
		request(`{"op":"add","OP":"add","path":"title","value":"x"}`):                                                      fault.InvalidSyntax,
		request(`{"op":"add","op":"add","path":"title","value":"x"}`):                                                      fault.InvalidSyntax,
		request(`{"op":"add","path":"title","value":{"a":1,"a":2}}`):                                                       fault.InvalidSyntax,
		request(`{"op":"add","path":"title","value":"` + "\xff" + `"}`):                                                    fault.InvalidSyntax,
		request(`{"op":"add","path":"title","value":01}`):                                                                  fault.InvalidSyntax,
		request(`{"op":"add","path":"title","value":"x","from":"y"}`):                                                      fault.InvalidSyntax,
		request(`{"op":"add","path":5,"value":"x"}`):                                                                       fault.InvalidPath,
		request(`{"op":"add","path":"","value":"x"}`):                                                                      fault.InvalidPath,
		request(`{"op":"add","path":"title","value":"x"}`) + `x`:                                                           fault.InvalidSyntax,
		request(`{"op":"add","path":"title","value":"x"}`) + `{}`:                                                          fault.InvalidSyntax,
		request(`{"op":"add","path":"title","value":` + strings.Repeat("[", 62) + strings.Repeat("]", 62) + `}`):           fault.InvalidSyntax,
		request(`{"op":"add","path":"title","value":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`): fault.InvalidSyntax,
	} {
		_, err := patch.Parse(strings.NewReader(body), user, &schema.Leniency{})
		if refused, ok := fault.As(err); !ok || refused.Type != want || refused.Status != 400 {
			t.Errorf("%.200s: got %v, want %s", body, err, want)
		}
	}
}

func TestParseAccepts(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	body := ` {"OPERATIONS":[{"Value":{"a":"]}\"[{"},"PATH":null,"op":"add"}],"Schemas":["urn:x","` + strings.ToUpper(patch.URN) + `"],"extra":[1]} `
	l := &schema.Leniency{Allowed: schema.UnknownAttributes}
	got, err := patch.Parse(strings.NewReader(body), user, l)
	if err != nil || len(got.Operations) != 1 || got.Operations[0].Path != nil || string(got.Operations[0].Value) != `{"a":"]}\"[{"}` {
		t.Errorf("got %+v, %v", got, err)
	}
	deep := request(`{"op":"add","path":"title","value":` + strings.Repeat("[", 61) + strings.Repeat("]", 61) + `}`)
	if _, err := patch.Parse(strings.NewReader(deep), user, l); err != nil {
		t.Error(err)
	}
}

// A reader with a limit refuses in its own words.
func TestParsePassesReaderFaults(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	whole := request(`{"op":"add","path":"title","value":"x"}`)
	for i := range len(whole) {
		_, err := patch.Parse(io.MultiReader(strings.NewReader(whole[:i]), failing{fault.TooLarge(7)}), user, &schema.Leniency{})
		if refused, ok := fault.As(err); !ok || refused.Status != 413 {
			t.Fatalf("after %d bytes: %v", i, err)
		}
	}
	broken := errors.New("connection lost")
	if _, err := patch.Parse(failing{broken}, user, &schema.Leniency{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestLimits(t *testing.T) {
	t.Parallel()
	user, group := resourceType(t, "User"), resourceType(t, "Group")
	many := strings.Repeat(`{"op":"remove","path":"title"},`, patch.MaxOperations) + `{"op":"remove","path":"title"}`
	if _, err := run(user, object(t, user, s0), many, &schema.Leniency{}); !is413(err) {
		t.Errorf("operations: %v", err)
	}
	members := strings.Repeat(`{"value":"x"},`, patch.MaxMembers) + `{"value":"x"}`
	if _, err := run(group, object(t, group, `"displayName":"n"`), `{"op":"add","path":"members","value":[`+members+`]}`, &schema.Leniency{}); !is413(err) {
		t.Errorf("members: %v", err)
	}
}

func is413(err error) bool {
	refused, ok := fault.As(err)
	return ok && refused.Status == 413
}

// Requests made to be slow end soon, one way or the other.
func TestCostIsBounded(t *testing.T) {
	t.Parallel()
	user, group := resourceType(t, "User"), resourceType(t, "Group")
	repeat := func(n int, operation string) string {
		operations := make([]string, n)
		for i := range operations {
			operations[i] = strings.ReplaceAll(operation, "#", fmt.Sprint(i))
		}
		return strings.Join(operations, ",")
	}
	var list strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&list, `,{"value":"v%d","type":"t"}`, i)
	}
	load := `{"op":"add","path":"emails","value":[` + list.String()[1:] + `]},`
	for name, test := range map[string]struct {
		t          *schema.ResourceType
		operations string
		refused    bool
	}{
		"adds":             {user, repeat(10_000, `{"op":"add","path":"emails","value":{"value":"v#","type":"work","primary":true}}`), false},
		"pathless adds":    {user, repeat(10_000, `{"op":"add","value":{"emails":[{"value":"v#"}]}}`), false},
		"addresses":        {user, repeat(10_000, `{"op":"add","path":"addresses","value":{"formatted":"v#","primary":true}}`), false},
		"sub on all":       {user, load + repeat(9_000, `{"op":"add","path":"emails.display","value":"x"}`), true},
		"filters":          {user, load + repeat(9_000, `{"op":"add","path":"emails[type eq \"x#\"].display","value":"x"}`), true},
		"alternating":      {user, load + repeat(4_000, `{"op":"add","path":"emails","value":{"value":"n#"}},{"op":"remove","path":"emails[value eq \"n#\"]"}`), true},
		"path keys":        {user, load + `{"op":"add","value":{` + strings.TrimPrefix(repeatKeys(20_000), ",") + `}}`, true},
		"long text":        {user, `{"op":"add","path":"emails","value":{"value":"` + strings.Repeat("x", 800_000) + `"}},` + repeat(9_000, `{"op":"remove","path":"emails[value eq \"#\"]"}`), true},
		"listed removes":   {user, load + `{"op":"remove","path":"emails","value":[` + strings.ReplaceAll(list.String()[1:], "value", "display") + `]}`, true},
		"members":          {group, repeat(10_000, `{"op":"add","path":"members","value":[{"value":"u#"}]},{"op":"remove","path":"members"}`), true},
		"member additions": {group, repeat(10_000, `{"op":"add","path":"members","value":[{"value":"u#"}]}`), false},
	} {
		before := object(t, user, s0)
		if test.t == group {
			before = object(t, group, `"displayName":"n"`)
		}
		start := time.Now()
		l := &schema.Leniency{Allowed: schema.AllNormalisations}
		_, err := run(test.t, before, test.operations, l)
		took := time.Since(start)
		t.Logf("%s: %v, %v", name, took, err)
		if took > 30*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		if refused, ok := fault.As(err); err != nil && (!ok || !test.refused || refused.Status != 413) || err == nil && test.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func repeatKeys(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, `,"emails[value eq \"%d\"].display":"x"`, i)
	}
	return out.String()
}

func BenchmarkHundredThousandMembers(b *testing.B) {
	group := resourceType(b, "Group")
	var list strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&list, `,{"value":"0190a0b0-0000-7000-8000-%012d","display":"someone@example.com"}`, i)
	}
	body := request(`{"op":"replace","path":"members","value":[` + list.String()[1:] + `]}`)
	before := object(b, group, `"displayName":"n"`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		l := &schema.Leniency{Allowed: schema.AllNormalisations}
		r, err := patch.Parse(strings.NewReader(body), group, l)
		if err != nil {
			b.Fatal(err)
		}
		if result, err := patch.Apply(group, before, r, l); err != nil || len(result.Members.Add) != 100_000 {
			b.Fatal(err)
		}
	}
}
