package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/api"
	"rollcall/internal/auth"
	"rollcall/scim/rest"
)

// keys reads the published keys without credentials, by kid.
func (s *server) keys(t *testing.T) map[string]*ecdsa.PublicKey {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(strings.TrimSuffix(s.Base, api.Root), rest.Root)+"/.well-known/jwks.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, body, err := exchange(t, request, nil)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the key set: %v, %v", response.StatusCode, err)
	}
	if header := response.Header; header.Get("Cache-Control") != "public, max-age=300" || header.Get("Content-Type") != "application/jwk-set+json" {
		t.Errorf("headers of the key set: %v", header)
	}
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		t.Fatal(err)
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, key := range set.Keys {
		if key["d"] != "" || key["crv"] != "P-256" {
			t.Errorf("key %v", key)
		}
		x, err1 := base64.RawURLEncoding.DecodeString(key["x"])
		y, err2 := base64.RawURLEncoding.DecodeString(key["y"])
		public, err3 := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		keys[key["kid"]] = public
	}
	return keys
}

// claims checks the signature of a security event token and reads it.
func claims(t *testing.T, keys map[string]*ecdsa.PublicKey, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %s", token)
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			t.Fatal(err)
		}
	}
	var header map[string]string
	var said map[string]any
	if json.Unmarshal(raw[0], &header) != nil || json.Unmarshal(raw[1], &said) != nil {
		t.Fatalf("no token: %s", token)
	}
	key, digest := keys[header["kid"]], sha256.Sum256([]byte(parts[0]+"."+parts[1]))
	if key == nil || header["alg"] != "ES256" || header["typ"] != "secevent+jwt" ||
		!ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(raw[2][:32]), new(big.Int).SetBytes(raw[2][32:])) {
		t.Errorf("the token is not signed with a published key: %v", header)
	}
	return said
}

// TestPolling polls as RFC 8936 says.
func TestPolling(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		reader := o.as(t, auth.ScopeEventsRead)
		id := o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll","audience":"https://receiver.example","events":["prov:*"]}`)["id"].(string)
		at := "/receivers/" + id + "/poll"
		report(t, map[string]any{"sets": map[string]any{}}, reader.ask(t, 200, "POST", at, `{"returnImmediately":true,"of another specification":1}`))
		user := s.user(t, "ada", `"externalId":"hr-1"`)
		s.want(t, 200, "PATCH", "/Users/"+user, patchOp(`{"op":"replace","path":"displayName","value":"Ada"}`), "X-Request-Id", "request-1")
		// One of a subject at a time, since an answer has no order.
		first := reader.token(t, at, `{}`)
		report(t, map[string]any{
			"aud": "https://receiver.example", "iss": "$re:^http", "sub": "$absent", "exp": "$absent", "sub_id": map[string]any{"format": "scim", "uri": "/Users/" + user, "externalId": "hr-1"},
			"events": map[string]any{"urn:ietf:params:scim:event:prov:create:full": map[string]any{"data": map[string]any{"userName": "ada", "id": user}}},
		}, first)
		again := reader.token(t, at, `{"ack":["nobody's"],"returnImmediately":false,"maxEvents":5,"setErrs":{"nothing":{"err":"jwtParse","description":"x"}}}`, "later")
		if again != nil {
			t.Errorf("what was just handed out came again: %v", again)
		}
		second := reader.token(t, at, fmt.Sprintf(`{"ack":[%q]}`, first["jti"]))
		report(t, map[string]any{"txn": "request-1", "events": map[string]any{"urn:ietf:params:scim:event:prov:patch:full": map[string]any{
			"data": map[string]any{"schemas": "$len:1", "Operations": []any{map[string]any{"op": "replace", "path": "displayName", "value": "Ada"}}},
		}}}, second)
		report(t, map[string]any{"sets": map[string]any{}}, reader.ask(t, 200, "POST", at, fmt.Sprintf(`{"maxEvents":0,"setErrs":{%q:{"err":"invalid_audience","description":"not ours"}}}`, second["jti"])))
		report(t, map[string]any{"deliveries": []any{
			map[string]any{"state": "failed", "event": "prov:patch", "error": "refused: invalid_audience"}, map[string]any{"state": "delivered", "event": "prov:create"},
		}}, o.ask(t, 200, "GET", "/receivers/"+id+"/deliveries", ""))
		o.ask(t, 200, "POST", "/receivers/"+id+"/pause", "")
		reader.ask(t, 409, "POST", at, `{}`)
		o.ask(t, 200, "POST", "/receivers/"+id+"/resume", "")
		hook := o.ask(t, 201, "POST", "/receivers", `{"name":"hook","kind":"webhook","url":"https://receiver.example"}`)["id"].(string)
		reader.ask(t, 404, "POST", "/receivers/"+hook+"/poll", `{}`)
		o.ask(t, 415, "POST", at, `{}`, "Content-Type", "application/secevent+jwt")
	})
}

// token polls for one token. With a word more it may also wait in vain for one
// that is due, for as long as who does not want to wait would.
func (o *office) token(t *testing.T, at, body string, later ...string) map[string]any {
	t.Helper()
	if len(later) > 0 {
		body = strings.Replace(body, `"returnImmediately":false`, `"returnImmediately":true`, 1)
	}
	sets := o.ask(t, 200, "POST", at, body)["sets"].(map[string]any)
	if len(sets) == 0 && len(later) > 0 {
		return nil
	}
	if len(sets) != 1 {
		t.Fatalf("%d tokens in an answer", len(sets))
	}
	for jti, token := range sets {
		said := claims(t, o.server.keys(t), token.(string))
		if said["jti"] != jti {
			t.Errorf("jti %v under %s", said["jti"], jti)
		}
		return said
	}
	return nil
}

// TestPollingByConnection lets the tokens of one connection alone poll.
func TestPollingByConnection(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		o.ask(t, 201, "POST", "/connections", `{"name":"siem"}`)
		id := o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll","connection":"siem"}`)["id"].(string)
		at, body := "/receivers/"+id+"/poll", `{"returnImmediately":true}`
		o.as(t, auth.ScopeEventsRead).ask(t, 403, "POST", at, body)
		siem := *o.server
		siem.Token = o.ask(t, 201, "POST", "/tokens", `{"connection":"siem","scopes":["events:read"]}`)["token"].(string)
		(&office{&siem}).ask(t, 200, "POST", at, body)
		(&office{&siem}).ask(t, 403, "GET", "/receivers", "")
		o.ask(t, 200, "PUT", "/receivers/"+id, `{"name":"poll"}`)
		o.as(t, auth.ScopeEventsRead).ask(t, 200, "POST", at, body)
	})
}

// TestSigningKeys rotates the key: the new one is published and does not sign
// yet.
func TestSigningKeys(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		before := s.keys(t)
		made := o.ask(t, 200, "POST", "/signing-keys/rotate", `{"reason":"yearly"}`)
		after := s.keys(t)
		if len(before) != 1 || len(after) != 2 || after[made["id"].(string)] == nil {
			t.Errorf("keys %v, then %v", slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)))
		}
		if active, err := time.Parse(time.RFC3339, made["active"].(string)); err != nil || time.Until(active) < 50*time.Minute {
			t.Errorf("it signs from %v on", made["active"])
		}
		rows := o.ask(t, 200, "GET", "/audit?action=signingKey.rotate", "")["rows"].([]any)
		report(t, []any{map[string]any{"subjectType": "$signingKey", "subjectId": made["id"], "reason": "yearly", "actorKind": "operator"}}, rows)
	})
}
