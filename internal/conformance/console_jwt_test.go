package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/internal/app"
	"rollcall/internal/operator"
	"rollcall/internal/testdb"
	"rollcall/internal/trial"
)

// TestConsoleSaysThatUseOfJWTsIsNotRecorded, where connections can authenticate by
// them; elsewhere a connection that was not used was never used.
func TestConsoleSaysThatUseOfJWTsIsNotRecorded(t *testing.T) {
	t.Parallel()
	const says = "Use of JWTs is not recorded"
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	testdb.OnEach(t, func(t *testing.T, database func() string) {
		at := database()
		running, err := trial.Start(t.Context(), trial.Options{Database: at, JWT: app.JWTConfig{
			Issuer: "https://id.example.com", Audience: []string{"rollcall"}, Keys: keys, TenantClaim: "tenant", ConnectionClaim: "client_id",
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = running.Stop() })
		beside, err := app.OpenStore(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = beside.Close() })
		s := &server{Base: running.SCIM, Token: trial.Token, Store: beside}
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Auditor))
		o.ask(t, 201, "POST", "/connections", `{"name":"unused"}`)
		response, body := b.open(t, "/connections")
		shows(t, response, body, 200, says, "none noted")
		response, body = b.open(t, s.connected(t)+"/tokens")
		shows(t, response, body, 200, says)
	})
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Auditor))
		o.ask(t, 201, "POST", "/connections", `{"name":"unused"}`)
		if _, body := b.open(t, "/connections"); strings.Contains(body, says) || !strings.Contains(body, ">never<") {
			t.Errorf("there are no JWTs: %s", body)
		}
	})
}
