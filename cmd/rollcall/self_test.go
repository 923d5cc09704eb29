package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// person creates a user and returns the id.
func (p *program) person(token, name string) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/scim/v2/Users",
		strings.NewReader(fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q}`, name)))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var created struct{ ID string }
	if err := json.Unmarshal(body, &created); err != nil || response.StatusCode != http.StatusCreated {
		p.t.Fatalf("status %d: %s", response.StatusCode, body)
	}
	return created.ID
}

func TestTokensOfUsers(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, nil, "--database", database)
	admin := verbJSON[tokenView](t, database, "token", "create")
	if admin.User != nil {
		t.Errorf("a token of the connection has a user: %+v", admin)
	}
	ada := p.person(admin.Token, "Ada@Example.com")
	impostor := p.person(admin.Token, ada)
	unlike := p.person(admin.Token, uuid.NewString())

	byName := verbJSON[tokenView](t, database, "token", "create", "--user=ADA@example.COM", "--scope=scim:read")
	if byName.User == nil || byName.User.String() != ada {
		t.Errorf("by userName: %+v", byName)
	}
	p.expect("/scim/v2/Me", byName.Token, http.StatusOK)
	p.expect("/scim/v2/Users/"+ada, byName.Token, http.StatusOK)
	p.expect("/scim/v2/Users/"+impostor, byName.Token, http.StatusForbidden)
	p.expect("/scim/v2/Users", byName.Token, http.StatusForbidden)
	p.expect("/scim/v2/Me", admin.Token, http.StatusNotFound)

	byID := verbJSON[tokenView](t, database, "token", "create", "--user="+unlike)
	if byID.User == nil || byID.User.String() != unlike {
		t.Errorf("by id: %+v", byID)
	}
	if _, stderr := verb(t, exitFailed, database, "token", "create", "--user="+ada); !strings.Contains(stderr, "the userName of another") {
		t.Errorf("the id of one and the userName of another: %s", stderr)
	}
	for _, nobody := range []string{"nobody", uuid.NewString(), uuid.Nil.String(), strings.ToUpper(unlike), "*", strings.Repeat("x", 3000)} {
		if _, stderr := verb(t, exitFailed, database, "token", "create", "--user="+nobody); !strings.Contains(stderr, "does not exist") {
			t.Errorf("%.40q: %s", nobody, stderr)
		}
	}
	verb(t, exitDone, database, "tenant", "create", "acme")
	verb(t, exitDone, database, "connection", "create", "default", "--tenant=acme")
	verb(t, exitFailed, database, "token", "create", "--tenant=acme", "--user="+unlike)
	verb(t, exitUsage, database, "token", "create", "--user=")
	verb(t, exitUsage, database, "token", "create", "--user=ada@example.com", "--scope=admin:read")

	out, _ := verb(t, exitDone, database, "token", "list")
	if !strings.Contains(out, "USER") || !strings.Contains(out, ada) {
		t.Errorf("the list shows no user:\n%s", out)
	}
	for _, found := range verbJSON[[]tokenView](t, database, "token", "list") {
		if (found.User != nil) != (found.Prefix == byName.Prefix || found.Prefix == byID.Prefix) {
			t.Errorf("listed: %+v", found)
		}
	}
}

// TestJWTOfUsers: an issuer's token that names a user opens /Me, and the
// server says who the issuer is (ME-05, SEC-19).
func TestJWTOfUsers(t *testing.T) {
	t.Parallel()
	dir, database := sqliteFile(t)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(dir, "keys.json")
	document := fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":%q}]}`, base64.RawURLEncoding.EncodeToString(public))
	if err := os.WriteFile(keys, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, nil, "--database", database, "--jwt-issuer=https://id.example", "--jwt-audience=rollcall", "--jwt-keys", keys, "--jwt-user-claim=rollcall_user")
	sign := func(user any) string {
		claims := jwt.MapClaims{"iss": "https://id.example", "aud": "rollcall", "client_id": "default", "scope": "scim:read scim:write", "exp": time.Now().Add(time.Minute).Unix()}
		if user != nil {
			claims["rollcall_user"] = user
		}
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
		token.Header["kid"], token.Header["typ"] = "k", "at+jwt"
		text, err := token.SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	client := sign(nil)
	ada, eve := p.person(client, "ada"), p.person(client, "eve")
	self := sign(ada)
	if status, body := p.get("/scim/v2/Me", self); status != http.StatusOK || !strings.Contains(body, ada) {
		t.Errorf("status %d: %s", status, body)
	}
	p.expect("/scim/v2/Users/"+eve, self, http.StatusForbidden)
	p.expect("/scim/v2/Users", self, http.StatusForbidden)
	p.expect("/scim/v2/Users/"+eve, client, http.StatusOK)
	p.expect("/scim/v2/Me", client, http.StatusNotFound)
	for _, nobody := range []any{"ada", "", uuid.Nil.String(), strings.ToUpper(ada), uuid.NewString(), 7} {
		p.expect("/scim/v2/Me", sign(nobody), http.StatusUnauthorized)
	}
	if status, body := p.get("/.well-known/oauth-protected-resource/scim/v2", ""); status != http.StatusOK || !strings.Contains(body, `"resource":"`+p.url+`/scim/v2"`) {
		t.Errorf("status %d: %s", status, body)
	}
}
