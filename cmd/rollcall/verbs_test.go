package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTenantsAndConnections(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	if _, stderr := verb(t, exitFailed, database, "tenant", "list"); !strings.Contains(stderr, "rollcall migrate") {
		t.Errorf("without migrations: %s", stderr)
	}
	verb(t, exitFailed, database, "migrate", "--check")
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "migrate", "--check")

	verb(t, exitDone, database, "tenant", "create", "acme")
	if _, stderr := verb(t, exitFailed, database, "tenant", "create", "acme"); !strings.Contains(stderr, `tenant "acme" exists already`) {
		t.Error(stderr)
	}
	verb(t, exitUsage, database, "tenant", "create", "Acme Inc")
	verb(t, exitUsage, database, "tenant", "create", "")
	verb(t, exitUsage, database, "connection", "create", "")
	verb(t, exitUsage, database, "token", "create", "--scope=")
	tenants := verbJSON[[]tenantView](t, database, "tenant", "list")
	if len(tenants) != 1 || tenants[0].Name != "acme" || tenants[0].Created.IsZero() {
		t.Errorf("tenants %+v", tenants)
	}

	verb(t, exitDone, database, "connection", "create", "okta-prod", "--tenant=acme", "--kind=okta", "--option=strict=true", "--option=note=hello")
	if _, stderr := verb(t, exitFailed, database, "connection", "create", "okta-prod", "--tenant=acme"); !strings.Contains(stderr, `connection "okta-prod": another connection has this name`) {
		t.Error(stderr)
	}
	verb(t, exitFailed, database, "connection", "create", "x", "--tenant=other")
	verb(t, exitUsage, database, "connection", "create", "x", "--kind=ldap")
	verb(t, exitUsage, database, "connection", "create", "two words")
	verb(t, exitDone, database, "connection", "set", "okta-prod", "--tenant=acme", "--kind=entra", "--unset=note", "--option=limit=3")
	verb(t, exitFailed, database, "connection", "set", "none", "--tenant=acme")
	connections := verbJSON[[]connectionView](t, database, "connection", "list", "--tenant=acme")
	if len(connections) != 1 || connections[0].Kind != "entra" || connections[0].Name != "okta-prod" {
		t.Fatalf("connections %+v", connections)
	}
	var options map[string]any
	if err := json.Unmarshal(connections[0].Options, &options); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"strict": true, "limit": 3.0}, options); diff != "" {
		t.Error(diff)
	}
	if out, _ := verb(t, exitDone, database, "connection", "list", "--tenant=acme"); !strings.Contains(out, "okta-prod") {
		t.Errorf("list prints %q", out)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, nil, "--database", database)
	verb(t, exitDone, database, "tenant", "create", "acme")
	verb(t, exitDone, database, "connection", "create", "script", "--tenant=acme")
	mine := []string{"--tenant=acme", "--connection=script"}
	reader := verbJSON[tokenView](t, database, append([]string{"token", "create", "--scope=scim:read", "--expires=90d"}, mine...)...)
	if left := time.Until(*reader.Expires); left < 89*24*time.Hour || left > 90*24*time.Hour {
		t.Errorf("expires in %v", left)
	}
	out, _ := verb(t, exitDone, database, append([]string{"token", "create"}, mine...)...)
	writer := strings.TrimSpace(out)

	p.expect("/scim/v2/Users", reader.Token, http.StatusOK)
	p.expect("/scim/v2/Users", writer, http.StatusOK)
	p.expect("/t/acme/scim/v2/Users", writer, http.StatusOK)
	if status, _ := p.get("/t/default/scim/v2/Users", writer); status != http.StatusNotFound && status != http.StatusForbidden {
		t.Errorf("token in another tenant: %d", status)
	}

	listed, _ := verb(t, exitDone, database, append([]string{"token", "list", "--json"}, mine...)...)
	if strings.Contains(listed, writer) || strings.Contains(listed, reader.Token) {
		t.Error("the list shows a secret")
	}
	verb(t, exitFailed, database, "token", "revoke", reader.Prefix) // of another tenant
	verb(t, exitDone, database, "token", "revoke", reader.Prefix, "--tenant=acme")
	again := start(t, nil, "--database", database) // with an empty cache
	again.expect("/scim/v2/Users", reader.Token, http.StatusUnauthorized)
	again.expect("/scim/v2/Users", writer, http.StatusOK)
	again.end(exitDone)
	for _, found := range verbJSON[[]tokenView](t, database, append([]string{"token", "list"}, mine...)...) {
		if (found.Revoked != nil) != (found.Prefix == reader.Prefix) {
			t.Errorf("revoked: %+v", found)
		}
		if found.Prefix != reader.Prefix && found.LastUsed == nil {
			t.Errorf("the end of the server writes no last use: %+v", found)
		}
	}
	verb(t, exitUsage, database, "token", "create", "--scope=scim:everything")
	for _, bad := range []string{"yesterday", "-1h", "2001-01-01T00:00:00Z", "40000000d"} {
		verb(t, exitUsage, database, "token", "create", "--expires="+bad)
	}
	verb(t, exitFailed, database, "token", "create", "--connection=none")
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"nonsense"}, {"serve", "--nonsense"}, {"token"}, {"tenant", "create"}} {
		verb(t, exitUsage, "sqlite:unused", args...)
	}
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"version"}} {
		if out, _ := verb(t, exitDone, "sqlite:unused", args...); out == "" {
			t.Errorf("%v prints nothing", args)
		}
	}
	if out, _ := verb(t, exitDone, "sqlite:unused", "serve", "--help"); strings.Contains(strings.ToLower(out), "bootstrap") {
		t.Error("the bootstrap token is offered as a flag")
	}
	if v := verbJSON[map[string]string](t, "sqlite:unused", "version"); v["go"] == "" {
		t.Errorf("version %v", v)
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, nil, "--database", database)
	address := strings.TrimPrefix(p.url, "http://")
	verb(t, exitDone, database, "healthcheck", "--listen", address)
	var out, errors bytes.Buffer
	_, port, _ := strings.Cut(address, ":")
	if status := run(t.Context(), []string{"healthcheck"}, terminal{nil, &out, &errors}, []string{"ROLLCALL_LISTEN=0.0.0.0:" + port}); status != exitDone {
		t.Errorf("exit status %d: %s", status, errors.String())
	}
	p.end(exitDone)
	verb(t, exitFailed, database, "healthcheck", "--listen", address)
}
