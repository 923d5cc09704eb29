package profile_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/schemas"
	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/patch"
	"rollcall/scim/profile"
	"rollcall/scim/schema"
)

const ent = schema.EnterpriseURN

// request is one request, read by the parts of the provider that look at what
// is allowed and demanded.
type request struct{ kind, text string }

// answer is the resource that comes out, or the whole refusal.
func (r request) answer(user *schema.ResourceType, before *schema.Object, l *schema.Leniency) string {
	var out string
	var err error
	switch r.kind {
	case "body":
		var o *schema.Object
		if o, err = user.Decode(strings.NewReader(r.text), l); err == nil {
			err = user.CheckRequired(o)
			out = string(schema.AppendJSON(nil, o))
		}
	case "patch":
		var parsed patch.Request
		var result patch.Result
		if parsed, err = patch.Parse(strings.NewReader(r.text), user, l); err == nil {
			if result, err = patch.Apply(user, before, parsed, l); err == nil {
				out = string(schema.AppendJSON(nil, result.Object))
			}
		}
	case "filter":
		expression, failed := filter.Parse(r.text)
		if err = failed; err == nil {
			var bound filter.Filter
			if bound, err = filter.Bind(expression, user, l); err == nil {
				out = "no match"
				if filter.MatchElement(bound, nil, before) {
					out = "match"
				}
			}
		}
	}
	if refused, ok := fault.As(err); ok {
		return refused.Error()
	} else if err != nil {
		return "not a refusal: " + err.Error()
	}
	return out
}

// What requests are made of: the letter of the RFCs, what identity providers
// send instead, and nonsense.
var (
	memberOf = rapid.SampledFrom([]string{
		`"userName":"bob"`, `"userName":""`, `"USERNAME":"bob"`, `"displayName":"Bob"`, `"title":""`, `"title":null`, `"active":true`, `"active":"True"`, `"active":"yes"`,
		`"name":{"givenName":"B","familyName":""}`, `"name":"B"`, `"emails":[{"value":"b@x","type":"work","primary":true}]`, `"emails":{"value":"b@x"}`, `"emails":["b@x"]`, `"emails":""`,
		`"roles":[{"value":"r","primary":"true"}]`, `"` + ent + `":{"department":"d","manager":{"value":"m"}}`, `"` + ent + `":{"manager":["m"]}`, `"` + ent + `":{"manager":""}`,
		`"department":"d"`, `"nope":{"a":[1]}`, `"id":"x"`, `"meta":{}`, `"password":"secret word"`, `"x509Certificates":[{"value":"AAAA"}]`,
		`"addresses":[{"country":"DE","locality":"B"}]`, `"addresses":[{"country":"Germany"}]`, `"locale":"de-CH"`, `"locale":"german (swiss)"`,
		`"preferredLanguage":"de, en;q=0.5"`, `"preferredLanguage":"de;;"`, `"timezone":"Europe/Berlin"`, `"timezone":"W. Europe Standard Time"`,
	})
	schemasOf = rapid.SampledFrom([]string{`"` + schema.UserURN + `"`, `"` + schema.UserURN + `","` + ent + `"`, `"` + schema.UserURN + `","urn:scim:schemas:core:1.0"`, `"` + schema.UserURN + `","urn:nobody:knows"`, `"` + ent + `"`})
	pathOf    = rapid.SampledFrom([]string{
		"", "userName", "title", "active", "name", "name.givenName", "emails", `emails[type eq \"work\"]`, `emails[type eq \"work\"].value`, `emails[type eq \"fax\"].value`, `roles[primary eq \"True\"].value`,
		"addresses", `addresses[type eq \"work\"].country`, "locale", "timezone", "preferredLanguage", ent + ":manager", ent + ":department", "manager", "department", ent, "nope", "id", "password", "schemas",
	})
	valueOf = rapid.SampledFrom([]string{
		"", `null`, `""`, `"b"`, `"True"`, `"DE"`, `"Germany"`, `true`, `{"value":"m"}`, `{"givenName":"x"}`, `[{"value":"b@x","type":"work"}]`, `{"value":"b@x"}`, `["m"]`, `{"nope":1}`,
		`{"title":"t","name.givenName":"y"}`, `{"title":"t"}`, `{"nope":1,"title":""}`, `{"id":"x","meta":{}}`, `{"emails[type eq \"work\"].value":"z@x"}`, `{"department":"d"}`, `{"active":"False"}`,
	})
	opOf     = rapid.SampledFrom([]string{"add", "replace", "remove", "Add", "Replace", "Remove", "move"})
	filterOf = rapid.SampledFrom([]string{
		`userName eq "bob"`, `active eq "true"`, `roles[primary eq "True"]`, `department eq "d"`, ent + `:department eq "d"`, `manager.value eq "m"`, `password eq "x"`, `nope eq 1`, `emails.value co "x"`, `title eq ""`, `meta.version pr`,
	})
)

func requests() *rapid.Generator[request] {
	return rapid.Custom(func(t *rapid.T) request {
		switch kind := rapid.SampledFrom([]string{"body", "patch", "patch", "filter"}).Draw(t, "kind"); kind {
		case "body":
			members := rapid.SliceOfNDistinct(memberOf, 0, 5, func(m string) string { return m }).Draw(t, "members")
			return request{kind, `{"schemas":[` + schemasOf.Draw(t, "schemas") + `],"userName":"n"` + join(members) + `}`}
		case "patch":
			list := make([]string, rapid.IntRange(1, 4).Draw(t, "operations"))
			for i := range list {
				list[i] = `{"op":"` + opOf.Draw(t, "op") + `"`
				if path := pathOf.Draw(t, "path"); path != "" || rapid.Bool().Draw(t, "empty path") {
					list[i] += `,"path":"` + path + `"`
				}
				if value := valueOf.Draw(t, "value"); value != "" {
					list[i] += `,"value":` + value
				}
				list[i] += `}`
			}
			return request{kind, `{"schemas":["` + patch.URN + `"],"Operations":[` + strings.Join(list, ",") + `]}`}
		default:
			terms := rapid.SliceOfN(filterOf, 1, 3).Draw(t, "terms")
			return request{kind, strings.Join(terms, rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "operator"))}
		}
	})
}

func join(members []string) string {
	if len(members) == 0 {
		return ""
	}
	return "," + strings.Join(members, ",")
}

func userType(tb testing.TB) (*schema.ResourceType, *schema.Object) {
	tb.Helper()
	registry, err := schema.Load(schemas.Documents)
	if err != nil {
		tb.Fatal(err)
	}
	user, _ := registry.Type("User")
	before, err := user.Decode(strings.NewReader(`{"schemas":["`+schema.UserURN+`","`+ent+`"],"userName":"bob","title":"t","name":{"givenName":"B","familyName":"F"},
		"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}],"addresses":[{"type":"work","country":"CH"}],
		"`+ent+`":{"department":"d"}}`), &schema.Leniency{})
	if err != nil {
		tb.Fatal(err)
	}
	return user, before
}

// TestOneByOne: under the strict profile, a request that needs no normalisation
// is answered as under the lenient one; refusing one normalisation changes the
// answers to those requests alone that report it as applied; nothing is applied
// that is not allowed.
func TestOneByOne(t *testing.T) {
	t.Parallel()
	user, before := userType(t)
	rapid.Check(t, func(t *rapid.T) {
		r := requests().Draw(t, "request")
		lenient := profile.Options{}.Rules().Leniency()
		want := r.answer(user, before, &lenient)
		strict := profile.Options{Profile: profile.Strict}.Rules().Leniency()
		got := r.answer(user, before, &strict)
		if lenient.Applied == 0 && got != want {
			t.Fatalf("needs nothing: lenient %s, strict %s", want, got)
		}
		if strict.Applied != 0 {
			t.Fatalf("strict applied %v", strict.Applied.Names())
		}
		for _, name := range schema.AllNormalisations.Names() {
			n, _ := schema.NormalisationOf(name)
			without := profile.Options{Normalisations: map[string]bool{name: false}}.Rules().Leniency()
			got := r.answer(user, before, &without)
			if without.Applied&n != 0 {
				t.Fatalf("%s is refused and applied", name)
			}
			if lenient.Applied&n == 0 && (got != want || without.Applied != lenient.Applied) {
				t.Fatalf("%s is not needed; with it %s, without %s", name, want, got)
			}
		}
	})
}

// TestProfilesRefuseCleanly: under every profile a refusal is one of the
// client's and changes nothing, and only what the profile allows is applied.
func TestProfilesRefuseCleanly(t *testing.T) {
	t.Parallel()
	user, before := userType(t)
	text := string(schema.AppendJSON(nil, before))
	rapid.Check(t, func(t *rapid.T) {
		r := requests().Draw(t, "request")
		chosen := rapid.SampledFrom(profile.Profiles()).Draw(t, "profile")
		leniency := profile.Options{Profile: chosen.Name}.Rules().Leniency()
		got := r.answer(user, before, &leniency)
		if strings.HasPrefix(got, "not a refusal") || strings.HasPrefix(got, "5") {
			t.Fatal(got)
		}
		if leniency.Applied&^chosen.Allowed != 0 {
			t.Fatalf("%s applied %v", chosen.Name, leniency.Applied.Names())
		}
		if after := string(schema.AppendJSON(nil, before)); after != text {
			t.Fatalf("the stored resource became %s", after)
		}
		if chosen.Demanded&schema.NoCredentials != 0 && strings.HasPrefix(got, "{") && strings.Contains(got, `"password"`) {
			t.Fatalf("a password was taken: %s", got)
		}
	})
}
