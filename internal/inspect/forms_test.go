package inspect

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/store"
)

// secretNames are what people call secrets, in the spellings that providers use.
var secretNames = []string{
	"password", "PassWord", "pass word", "pass.word", "pass_word", "password ", "initialPassword", "userPass", "pass", "pw", "pwd",
	"passcode", "pin", "PINCode", "otp", "totp", "mfaSeed", "recoveryCode", "passwort", "Kennwort", "contraseña", "contrasen\u0303a", "wachtwoord",
	"accessKey", "signing_key", "encryptionKey", "sessionKey", "bearer", "jwt", "cookie", "client-secret", "ｐａｓｓｗｏｒｄ",
}

// forms put a secret into a body in ways that no schema describes.
var forms = map[string]func(name, secret string) string{
	"attribute": func(n, s string) string { return `{"userName":"x",` + quote(n) + `:` + quote(s) + `}` },
	"nested":    func(n, s string) string { return `{"name":{"x":[{` + quote(n) + `:{"value":` + quote(s) + `}}]}}` },
	"bulk text": func(n, s string) string {
		return `{"Operations":[{"method":"POST","path":"/Users","data":` + quote(`{"userName":"x",`+quote(n)+`:`+quote(s)+`}`) + `}]}`
	},
	"bulk form": func(n, s string) string {
		return `{"Operations":[{"method":"POST","data":` + quote(url.Values{n: {s}, "userName": {"x"}}.Encode()) + `}]}`
	},
	"text": func(n, s string) string { return patch(`"value":` + quote(`{`+quote(n)+`:`+quote(s)+`}`)) },
	"text at title": func(n, s string) string {
		return patch(`"path":"title","value":` + quote(`{`+quote(n)+`:`+quote(s)+`}`))
	},
	"text in text": func(n, s string) string {
		return patch(`"value":` + quote(`[`+quote(`{`+quote(n)+`:`+quote(s)+`}`)+`]`))
	},
	"broken text":   func(n, s string) string { return patch(`"path":"title","value":` + quote(`{`+quote(n)+`:`+quote(s))) },
	"assigned":      func(n, s string) string { return patch(`"value":` + quote(n+"="+s)) },
	"title":         func(n, s string) string { return `{"title":` + quote("x; "+n+": "+s) + `}` },
	"element":       func(n, s string) string { return `{"title":` + quote("<"+n+">"+s+"</"+n+">") + `}` },
	"by attribute":  func(n, s string) string { return patch(`"attribute":` + quote(n) + `,"value":` + quote(s)) },
	"by name":       func(n, s string) string { return patch(`"name":` + quote(n) + `,"value":` + quote(s)) },
	"by paths":      func(n, s string) string { return patch(`"paths":[` + quote(n) + `],"value":` + quote(s)) },
	"by path blank": func(n, s string) string { return patch(`"path ":` + quote(n) + `,"value":` + quote(s)) },
	"by value":      func(n, s string) string { return patch(`"value":[{"name":` + quote(n) + `,"value":` + quote(s) + `}]`) },
	"path and name": func(n, s string) string { return patch(`"path":"title","name":` + quote(n) + `,"value":` + quote(s)) },
	"key": func(n, s string) string {
		return `{"customAttributes":[{"key":` + quote(n) + `,"value":` + quote(s) + `}]}`
	},
	"values":    func(n, s string) string { return `{"emails":[{"name":` + quote(n) + `,"values":[` + quote(s) + `]}]}` },
	"pair":      func(n, s string) string { return patch(`"path":"title","value":[` + quote(n) + `,` + quote(s) + `]`) },
	"as a name": func(n, s string) string { return `{` + quote(n+"="+s) + `:1}` },
	"malformed": func(n, s string) string { return `{"a":{` + quote(n) + `:` + quote(s) + `}` },
}

// TestNoFormShowsSecrets: whatever a secret is called, and in whichever form a
// provider sends it, it is not in what is kept.
func TestNoFormShowsSecrets(t *testing.T) {
	t.Parallel()
	r := testRedactor(t)
	for form, put := range forms {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				name := rapid.SampledFrom(secretNames).Draw(t, "name")
				secret := "Zq" + rapid.StringMatching(`[a-zA-Z0-9]{6,20}`).Draw(t, "secret") + rapid.SampledFrom([]string{"", "!", " x", `"`, `\`}).Draw(t, "end")
				body := put(name, secret)
				kept := r.logged(&Seen{LoggedRequest: store.LoggedRequest{}, SentBody: Body{Data: []byte(body)}}).Sent
				if strings.Contains(string(kept.Text), secret[:8]) {
					t.Fatalf("%s is kept as %s", body, kept.Text)
				}
				if form == "malformed" && kept.Text != nil {
					t.Fatalf("of %s is kept %s", body, kept.Text)
				}
			})
		})
	}
}

// TestUnknownAttributesAreNamed: of an attribute that no schema has, the name is
// shown and what it holds is not; of one that a schema has, both are.
func TestUnknownAttributesAreNamed(t *testing.T) {
	t.Parallel()
	r := testRedactor(t)
	for body, want := range map[string]string{
		`{"userName":"x","shoeSize":"44","hat":[7,{"b":[],"on":true,"off":null}]}`:                               `{"userName":"x","shoeSize":"[redacted]","hat":["[redacted]",{"b":[],"on":true,"off":null}]}`,
		`{"urn:x:User":{"title":"known","badge":"unknown"},"urn:x:User:title":"y"}`:                              `{"urn:x:User":{"title":"known","badge":"[redacted]"},"urn:x:User:title":"y"}`,
		patch(`"path":"shoeSize","value":"44"`):                                                                  patch(`"path":"shoeSize","value":"[redacted]"`),
		patch(`"path":"active","value":"False"`):                                                                 patch(`"path":"active","value":"False"`),
		patch(`"value":{"name.givenName":"Ada","shoe":"44"}`):                                                    patch(`"value":{"name.givenName":"Ada","shoe":"[redacted]"}`),
		patch(`"attribute":"password","value":"x"`):                                                              patch(`"attribute":"password","value":"[redacted]"`),
		`{"displayName":"Pinter","userName":"token-desk","emails":[{"value":"pass@example.com","type":"work"}]}`: `{"displayName":"Pinter","userName":"token-desk","emails":[{"value":"pass@example.com","type":"work"}]}`,
	} {
		if got := string(r.logged(&Seen{SentBody: Body{Data: []byte(body)}}).Sent.Text); got != want {
			t.Errorf("%s becomes\n%s, want\n%s", body, got, want)
		}
	}
	refusal := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue","detail":%s}`, quote(`the password: at least 8 characters`))
	if got := string(r.logged(&Seen{AnsweredBody: Body{Data: []byte(refusal)}}).Answered.Text); got != refusal {
		t.Errorf("a refusal becomes %s", got)
	}
}
