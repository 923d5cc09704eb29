package events

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/internal/testdb"
	"rollcall/store"
)

// published is the key set as a receiver reads it.
func published(t *testing.T, s *Service) map[string]*ecdsa.PublicKey {
	t.Helper()
	document, err := s.KeySet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(document), `"d"`) {
		t.Errorf("a private key is published: %s", document)
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, one := range set.Keys {
		x, errX := base64.RawURLEncoding.DecodeString(one.X)
		y, errY := base64.RawURLEncoding.DecodeString(one.Y)
		if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 || one.Kty != "EC" || one.Crv != "P-256" || one.Alg != "ES256" || one.Use != "sig" {
			t.Errorf("key %+v", one)
		}
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err != nil {
			t.Fatal(err)
		}
		keys[one.Kid] = key
	}
	return keys
}

// verified reads a token as a receiver does.
func verified(t *testing.T, s *Service, token string) (jwt.MapClaims, *jwt.Token) {
	t.Helper()
	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(token, claims, func(token *jwt.Token) (any, error) {
		key := published(t, s)[token.Header["kid"].(string)]
		if key == nil {
			return nil, fmt.Errorf("unknown key")
		}
		return key, nil
	}, jwt.WithValidMethods([]string{"ES256"}))
	if err != nil {
		t.Fatalf("%v in %s", err, token)
	}
	return claims, parsed
}

func TestPushedToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusAccepted))
	bearer := "t0ken"
	f.create(ReceiverSpec{Name: "p", Kind: store.KindPush, URL: hook.URL, Bearer: &bearer, Audience: "https://aud.example"})
	f.commit(1, 1, "prov:create", "prov:activate")
	f.service.Start()
	eventually(t, "delivery", func() bool { return len(hook.all()) == 2 })
	first := hook.all()[0]
	for name, want := range map[string]string{"Content-Type": "application/secevent+jwt", "Accept": "application/json", "Authorization": "Bearer t0ken"} {
		if got := first.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	claims, parsed := verified(t, f.service, first.body)
	if parsed.Header["typ"] != "secevent+jwt" {
		t.Errorf("typ = %v", parsed.Header["typ"])
	}
	_, hasSub := claims["sub"]
	_, hasExp := claims["exp"]
	if hasSub || hasExp {
		t.Errorf("the token could be taken for one that grants access: %v", claims)
	}
	second, _ := verified(t, f.service, hook.all()[1].body)
	if claims["txn"] != second["txn"] || claims["jti"] == second["jti"] {
		t.Errorf("txn %v and %v, jti %v and %v", claims["txn"], second["txn"], claims["jti"], second["jti"])
	}
	iat, toe := claims["iat"].(float64), claims["toe"].(float64)
	if now := float64(time.Now().Unix()); iat > now || iat < now-60 || toe > iat || toe < now-60 {
		t.Errorf("iat %v, toe %v", iat, toe)
	}
	for _, name := range []string{"iat", "toe", "jti", "txn"} {
		delete(claims, name)
	}
	want := jwt.MapClaims{
		"iss": "https://rollcall.example", "aud": "https://aud.example",
		"sub_id": map[string]any{"format": "scim", "uri": "/Users/" + user(1).String(), "externalId": "e1"},
		"events": map[string]any{"urn:ietf:params:scim:event:prov:create:full": map[string]any{"data": map[string]any{
			"schemas": []any{"x"}, "userName": "u1", "externalId": "e1", "n": 1.0,
		}}},
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

// TestTokenEvents is the table of types, RFC 9967 section 2, CAEP 1.0, RISC 1.0.
func TestTokenEvents(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 5)
	const full = `{"uri":"/Users/1","data":{"schemas":["s"],"id":"1","b":1,"a":2,"meta":{}}}`
	for _, test := range []struct{ typ, form, payload, uri, said string }{
		{"prov:create", FormFull, full, "urn:ietf:params:scim:event:prov:create:full", `{"data":{"schemas":["s"],"id":"1","b":1,"a":2,"meta":{}}}`},
		{"prov:create", FormNotice, full, "urn:ietf:params:scim:event:prov:create:notice", `{"attributes":["a","b","id"]}`},
		{"prov:put", FormFull, `{"uri":"/Users/1"}`, "urn:ietf:params:scim:event:prov:put:notice", `{"attributes":[]}`},
		{"prov:patch", FormNotice, `{"uri":"/Users/1","attributes":["x"],"data":{"y":1}}`, "urn:ietf:params:scim:event:prov:patch:notice", `{"attributes":["x"]}`},
		{
			"prov:patch", FormFull, `{"attributes":["a","urn:x:y:User:b","c","urn:x:y:User:d"],"removed":["c","urn:x:y:User:d"],"data":{"a":1,"urn:x:y:User":{"b":[2]}}}`, "urn:ietf:params:scim:event:prov:patch:full",
			`{"data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"a","value":1},{"op":"replace","path":"urn:x:y:User:b","value":[2]},{"op":"remove","path":"c"},{"op":"remove","path":"urn:x:y:User:d"}]}}`,
		},
		{"prov:patch", FormFull, `{"attributes":["a","password"],"data":{"a":1}}`, "urn:ietf:params:scim:event:prov:patch:notice", `{"attributes":["a","password"]}`},
		{"prov:patch", FormFull, `{"data":{"a":1}}`, "urn:ietf:params:scim:event:prov:patch:notice", `{"attributes":["a"]}`},
		{"prov:patch", FormFull, `{"attributes":["members"]}`, "urn:ietf:params:scim:event:prov:patch:notice", `{"attributes":["members"]}`},
		{"prov:delete", FormFull, full, "urn:ietf:params:scim:event:prov:delete", `{}`},
		{"prov:activate", FormFull, `{}`, "urn:ietf:params:scim:event:prov:activate", `{}`},
		{"prov:deactivate", FormNotice, `{}`, "urn:ietf:params:scim:event:prov:deactivate", `{}`},
		{"feed:add", FormFull, `{}`, "urn:ietf:params:scim:event:feed:add", `{}`},
		{"feed:remove", FormFull, `{}`, "urn:ietf:params:scim:event:feed:remove", `{}`},
		{"misc:asyncresp", FormFull, `{"data":{"status":"200"}}`, "urn:ietf:params:scim:event:misc:asyncresp", `{"status":"200"}`},
		{
			"caep:session-revoked", FormFull, `{"uri":"/Users/1"}`, "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
			`{"event_timestamp":1700000000,"initiating_entity":"system"}`,
		},
		{
			"caep:credential-change", FormFull, `{"data":{"change_type":"revoke"}}`, "https://schemas.openid.net/secevent/caep/event-type/credential-change",
			`{"event_timestamp":1700000000,"initiating_entity":"system","credential_type":"password","change_type":"revoke"}`,
		},
		{
			"credential:change", FormFull, `{}`, "https://schemas.openid.net/secevent/caep/event-type/credential-change",
			`{"event_timestamp":1700000000,"initiating_entity":"system","credential_type":"password","change_type":"update"}`,
		},
		{"risc:account-disabled", FormFull, `{"data":{"reason":"hijacking"}}`, "https://schemas.openid.net/secevent/risc/event-type/account-disabled", `{"reason":"hijacking"}`},
		{"risc:account-enabled", FormFull, `{}`, "https://schemas.openid.net/secevent/risc/event-type/account-enabled", `{}`},
		{"risc:account-purged", FormFull, `{}`, "https://schemas.openid.net/secevent/risc/event-type/account-purged", `{}`},
		{"guard:alert", FormNotice, `{"connection":"hr","removals":51}`, "urn:rollcall:params:event:guard:alert", `{"connection":"hr","removals":51}`},
		{"status:change", FormFull, `{"from":"Active","to":"Suspended","trigger":"admin"}`, "urn:rollcall:params:event:status:change", `{"from":"Active","to":"Suspended","trigger":"admin"}`},
	} {
		content, err := readContent([]byte(test.payload))
		if err != nil {
			t.Fatalf("%s: %v", test.payload, err)
		}
		uri, said := tokenEvent(test.typ, &content, test.form, at)
		if uri != test.uri {
			t.Errorf("%s: %s, want %s", test.typ, uri, test.uri)
		}
		document, err := json.Marshal(said)
		var want, got any
		if err != nil || json.Unmarshal([]byte(test.said), &want) != nil || json.Unmarshal(document, &got) != nil {
			t.Fatalf("%s: %v", test.typ, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.typ, test.form, diff)
		}
	}
}

func TestPushAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status  int
		body    string
		want    verdict
		comment string
	}{
		{202, "", verdict{taken: true, status: 202}, ""},
		{200, "ok", verdict{status: 200, reason: "HTTP status 200 in place of 202"}, "a page that knows nothing of tokens"},
		{400, `{"err":"invalid_request","description":"s3cret"}`, verdict{status: 400, reason: "refused: invalid_request", refused: true}, ""},
		{400, `{"err":"authentication_failed"}`, verdict{status: 400, reason: "refused: authentication_failed"}, "may be mended"},
		{400, `{"err":"s3cret"}`, verdict{status: 400, reason: "HTTP status 400"}, ""},
		{400, `nonsense`, verdict{status: 400, reason: "HTTP status 400"}, ""},
		{500, `{"err":"invalid_request"}`, verdict{status: 500, reason: "HTTP status 500"}, ""},
	} {
		f := newFixture(t, testdb.OpenSQLite(t))
		url := serveFunc(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		})
		receiver, _ := f.create(ReceiverSpec{Name: "p", Kind: store.KindPush, URL: url})
		caller, err := f.service.callerOf(t.Context(), &receiver.Receiver)
		if err != nil {
			t.Fatal(err)
		}
		got, err := caller.call(t.Context(), store.OutboxRow{Event: store.Event{Type: "prov:delete", Payload: []byte(`{"uri":"/Users/1"}`)}})
		if err != nil || got != test.want {
			t.Errorf("%d %s: %+v, %v, want %+v %s", test.status, test.body, got, err, test.want, test.comment)
		}
	}
}

// TestRefused: what a receiver does not want is given up soon.
func TestRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	url := serveFunc(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"err":"invalid_request"}`))
	})
	receiver, _ := f.create(ReceiverSpec{Name: "p", Kind: store.KindPush, URL: url})
	f.commit(1, 1, "prov:create")
	f.service.Start()
	eventually(t, "given up", func() bool { return len(f.log(receiver, store.DeliveryFailed)) == 1 })
	if one := f.log(receiver, store.DeliveryFailed)[0]; one.Attempts != refusals || one.Error != "refused: invalid_request" {
		t.Errorf("%+v", one)
	}
}

// signedBy reports whether a webhook has a signature of a secret.
func signedBy(t *testing.T, one call, secret string) bool {
	t.Helper()
	value, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(value) < 24 || len(value) > 64 {
		t.Fatalf("secret: %v", err)
	}
	mac := hmac.New(sha256.New, value)
	mac.Write([]byte(one.header.Get("webhook-id") + "." + one.header.Get("webhook-timestamp") + "." + one.body))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return strings.Contains(" "+one.header.Get("webhook-signature")+" ", " "+want+" ")
}

func TestSecretRotation(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusOK))
	receiver, first := f.create(ReceiverSpec{Name: "h", Kind: store.KindWebhook, URL: hook.URL})
	send := func(signatures int, by ...string) {
		t.Helper()
		if ping, err := f.service.PingReceiver(t.Context(), f.tenant, receiver.ID); err != nil || !ping.Taken || ping.Status != http.StatusOK {
			t.Fatalf("%+v, %v", ping, err)
		}
		calls := hook.all()
		last := calls[len(calls)-1]
		if n := len(strings.Fields(last.header.Get("webhook-signature"))); n != signatures {
			t.Errorf("%d signatures, want %d", n, signatures)
		}
		for _, secret := range by {
			if !signedBy(t, last, secret) {
				t.Errorf("not signed by %d-th secret", len(by))
			}
		}
	}
	send(1, first)
	second, err := f.service.RotateSecret(t.Context(), f.tenant, receiver.ID, time.Hour, someone)
	if err != nil {
		t.Fatal(err)
	}
	send(2, first, second)
	f.clock.forward(time.Hour)
	send(1, second)
	third, err := f.service.RotateSecret(t.Context(), f.tenant, receiver.ID, -1, someone)
	if err != nil {
		t.Fatal(err)
	}
	send(1, third)
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	other := f.newService() // another copy of the server
	hook := listen(t, always(http.StatusAccepted))
	receiver, _ := f.create(ReceiverSpec{Name: "p", Kind: store.KindPush, URL: hook.URL})
	kid := func(s *Service) string {
		t.Helper()
		if ping, err := s.PingReceiver(t.Context(), f.tenant, receiver.ID); err != nil || !ping.Taken {
			t.Fatalf("%+v, %v", ping, err)
		}
		calls := hook.all()
		_, parsed := verified(t, other, calls[len(calls)-1].body)
		return parsed.Header["kid"].(string)
	}
	first := kid(f.service)
	if got := kid(other); got != first || len(published(t, other)) != 1 {
		t.Errorf("copies sign with %s and %s", first, got)
	}
	if _, _, err := f.service.RotateSigningKey(t.Context(), f.tenant, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	f.clock.forward(keysFor)
	if kid(f.service) != first || kid(other) != first || len(published(t, other)) != 2 {
		t.Error("the new key signs before receivers can know it")
	}
	f.clock.forward(leadOfKey)
	second := kid(f.service)
	if second == first || kid(other) != second || len(published(t, other)) != 2 {
		t.Error("the new key does not sign, or the old one is not published any more")
	}
	f.clock.forward(overlapOfKeys)
	if keys := published(t, other); len(keys) != 1 || keys[second] == nil {
		t.Errorf("%d keys", len(keys))
	}
}

// TestBackoff: pauses grow, within the limit, for every number of failures.
func TestBackoff(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10_000).Draw(t, "failures")
		this, next := s.backoff(n, 0), s.backoff(n+1, 0)
		if this <= 0 || next < this || next > s.options.BackoffLimit {
			t.Errorf("%d: %v, then %v", n, this, next)
		}
		if spread := jitter(this); spread < this*4/5-1 || spread > this*6/5+1 {
			t.Errorf("jitter of %v: %v", this, spread)
		}
	})
}

// FuzzReadContent: a payload of any kind neither panics nor comes out broken.
func FuzzReadContent(f *testing.F) {
	for _, seed := range []string{`{}`, `{"uri":"/Users/1","data":{"externalId":5}}`, `{"data":[]}`, `{"data":null,"attributes":["a"]}`, `[`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		event := store.OutboxRow{Event: store.Event{Type: "prov:create", Payload: payload}}
		body, err := webhookBody(event, FormFull)
		if err != nil {
			return
		}
		var read map[string]any
		if err := json.Unmarshal(body, &read); err != nil {
			t.Errorf("%q became %q: %v", payload, body, err)
		}
	})
}
