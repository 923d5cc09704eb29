package inspect

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/schemas"
	"rollcall/scim/schema"
	"rollcall/store"
)

func testRedactor(t *testing.T) *redactor {
	t.Helper()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	r := newRedactor(types.Types())
	r.never["pin"] = true // as a schema of one's own would have it
	return r
}

// places put a secret into a request: as a body, or as a parameter of an address.
var places = map[string]func(name, secret string) (body, query string){
	"attribute": func(n, s string) (string, string) { return fmt.Sprintf(`{"userName":"x",%s:%s}`, quote(n), s), "" },
	"extension": func(n, s string) (string, string) {
		return fmt.Sprintf(`{"urn:example:1.0:User":{"a":{%s:%s}}}`, quote(n), s), ""
	},
	"full name": func(n, s string) (string, string) { return fmt.Sprintf(`{"urn:example:1.0:User:%s":%s}`, n, s), "" },
	"in a list": func(n, s string) (string, string) { return fmt.Sprintf(`{%s:[{"value":%s},%s]}`, quote(n), s, s), "" },
	"path":      func(n, s string) (string, string) { return patch(fmt.Sprintf(`"path":%s,"value":%s`, quote(n), s)), "" },
	"value":     func(n, s string) (string, string) { return patch(fmt.Sprintf(`"value":%s,"path":%s`, s, quote(n))), "" },
	"pathless":  func(n, s string) (string, string) { return patch(fmt.Sprintf(`"value":{%s:%s}`, quote(n), s)), "" },
	"below": func(n, s string) (string, string) {
		return patch(fmt.Sprintf(`"path":%s,"value":{"a":[%s]}`, quote(n+".value"), s)), ""
	},
	"urn": func(n, s string) (string, string) {
		return patch(fmt.Sprintf(`"Path":%s,"Value":%s`, quote("urn:example:User:"+n), s)), ""
	},
	"path keys": func(n, s string) (string, string) {
		return patch(fmt.Sprintf(`"value":{%s:%s}`, quote(`a[type eq "b"].`+n), s)), ""
	},
	"in a path": func(n, s string) (string, string) {
		return patch(fmt.Sprintf(`"path":%s,"value":1`, quote(n+`[value eq `+s+`].x`))), ""
	},
	"bulk": func(n, s string) (string, string) {
		return fmt.Sprintf(`{"Operations":[{"method":"POST","path":"/Users","data":{%s:%s}}]}`, quote(n), s), ""
	},
	"search":     func(n, s string) (string, string) { return fmt.Sprintf(`{"filter":%s}`, quote(n+" eq "+s)), "" },
	"filter":     func(n, s string) (string, string) { return "", url.Values{"filter": {n + " eq " + s}}.Encode() },
	"no filter":  func(n, s string) (string, string) { return "", url.Values{"filter": {n + " eq [" + s}}.Encode() },
	"parameter":  func(n, s string) (string, string) { return "", url.Values{n: {s}}.Encode() },
	"elsewhere":  func(n, s string) (string, string) { return fmt.Sprintf(`{%s:%s,"title":%s}`, quote(n), s, s), "" },
	"broken":     func(n, s string) (string, string) { return fmt.Sprintf(`{%s:%s`, quote(n), s), "" },
	"twice":      func(n, s string) (string, string) { return fmt.Sprintf(`{"a":1,"a":2,%s:%s}`, quote(n), s), "" },
	"no object":  func(n, s string) (string, string) { return fmt.Sprintf(`[{%s:%s}]`, quote(n), s), "" },
	"two bodies": func(n, s string) (string, string) { return fmt.Sprintf(`{} {%s:%s}`, quote(n), s), "" },
}

func quote(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

func patch(operation string) string { return `{"Operations":[{"op":"replace",` + operation + `}]}` }

// TestNoSecretIsKept: whatever the value of an attribute that is never returned,
// and wherever a request names it, it is in nothing that is stored.
func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	r := testRedactor(t)
	for place, put := range places {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				name := rapid.SampledFrom([]string{"password", "PassWord", "pa\u017Fsword", "pin", "PIN", "clientSecret", "api_key", "accessToken"}).Draw(t, "name")
				secret := rapid.StringMatching(`[a-z0-9"\\<>é\n]{6,40}`).Draw(t, "secret")
				value := quote(secret)
				if rapid.Bool().Draw(t, "number") {
					secret = rapid.StringMatching(`[1-9][0-9]{7,12}`).Draw(t, "digits")
					value = secret
				}
				body, query := put(name, value)
				seen := Seen{LoggedRequest: store.LoggedRequest{Query: query}, SentBody: Body{Data: []byte(body)}, AnsweredBody: Body{Data: []byte(`{"detail":` + value + `}`)}}
				if place != "elsewhere" {
					seen.AnsweredBody = Body{}
				}
				kept := r.logged(&seen)
				plain, err := url.QueryUnescape(kept.Query)
				if err != nil {
					plain = kept.Query
				}
				for what, shown := range map[string]string{"sent": string(kept.Sent.Text), "answered": string(kept.Answered.Text), "query": kept.Query, "plain query": plain} {
					for _, form := range []string{secret, strings.Trim(quote(secret), `"`), strings.Trim(quote(strings.Trim(quote(secret), `"`)), `"`)} {
						if strings.Contains(shown, form) {
							t.Fatalf("%s has the secret %q: %s", what, form, shown)
						}
					}
				}
			})
		})
	}
}

// TestWhatIsShown: what is not secret is shown as it came.
func TestWhatIsShown(t *testing.T) {
	t.Parallel()
	r := testRedactor(t)
	for body, want := range map[string]string{
		`{"userName":"zaphod","password":"x","active":true}`: `{"userName":"zaphod","password":"[redacted]","active":true}`,
		`{"password":null}`:                                                                `{"password":null}`,
		patch(`"path":"password","value":"x"`):                                             patch(`"path":"password","value":"[redacted]"`),
		patch(`"path":"emails[type eq \"work\"].value","value":"a@b.c"`):                   patch(`"path":"emails[type eq \"work\"].value","value":"a@b.c"`),
		`{"filter":"userName eq \"zaphod\" and active eq true"}`:                           `{"filter":"userName eq \"…\" and active eq true"}`,
		`{"urn:x:User":{"lastLogin":"2030","value":[1.50,{"b":[]}]},"title":"\u0041<\n>"}`: `{"urn:x:User":{"lastLogin":"2030","value":[1.50,{"b":[]}]},"title":"A<\n>"}`,
	} {
		if got := string(r.logged(&Seen{SentBody: Body{Data: []byte(body)}}).Sent.Text); got != want {
			t.Errorf("%s becomes\n%s, want\n%s", body, got, want)
		}
	}
	for query, want := range map[string]string{
		"": "", "count=5&filter=" + url.QueryEscape(`userName eq "a b"`): `count=5&filter=userName eq "…"`, "attributes=userName,emails.value": "attributes=userName,emails.value",
		"cursor=abc&evil=secret": "other=[redacted]", "count=<script>": "count=[redacted]", "%zz": "[redacted]",
	} {
		if got := r.logged(&Seen{LoggedRequest: store.LoggedRequest{Query: query}}).Query; got != want {
			t.Errorf("%s becomes %s, want %s", query, got, want)
		}
	}
	id := "0190a1b2-0000-7000-8000-000000000001"
	kept := r.logged(&Seen{
		LoggedRequest: store.LoggedRequest{Path: "/scim/v2/Groups/" + id}, SentBody: Body{Data: []byte(`{"members":[{"value":"` + id + `"},{"value":"0190a1b2-0000-7000-8000-000000000002"}]}`)}, AnsweredBody: Body{Over: true},
	})
	if len(kept.Subjects) != 2 || kept.Answered.Left != store.LeftLarge || kept.Answered.Text != nil {
		t.Errorf("%+v", kept)
	}
}

// FuzzBody: no body makes it panic, and what is kept is a JSON object.
func FuzzBody(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"path":"password"}]}`))
	f.Add([]byte(strings.Repeat(`{"a":`, 100)))
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		f.Fatal(err)
	}
	r := newRedactor(types.Types())
	f.Fuzz(func(t *testing.T, data []byte) {
		kept := r.logged(&Seen{SentBody: Body{Data: data}}).Sent
		if kept.Text != nil && (!json.Valid(kept.Text) || kept.Text[0] != '{') {
			t.Errorf("%q becomes %q", data, kept.Text)
		}
	})
}
