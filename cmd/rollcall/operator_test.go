package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestOperators: operators are looked after from a shell, and sign in by the link
// that it makes.
func TestOperators(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "tenant", "create", "acme")
	in := "--tenant=acme"
	verb(t, exitUsage, database, "operator", "create", "ada", in)
	verb(t, exitUsage, database, "operator", "create", "ada", in, "--role=king")
	ada := verbJSON[operatorView](t, database, "operator", "create", "ada", in, "--role=owner", "--issuer=https://id.example", "--subject=a")
	refused := func(want string, args ...string) {
		t.Helper()
		if _, stderr := verb(t, exitFailed, database, append([]string{"operator"}, args...)...); stderr != "rollcall: operator \"ada\": "+want+"\n" {
			t.Error(stderr)
		}
	}
	refused("another operator has this name, or is this subject at the provider", "create", "ada", in, "--role=admin")
	refused("an owner has to stay: make somebody else one first", "set", "ada", in, "--role=admin")
	verb(t, exitUsage, database, "operator", "set", "ada", in, "--role=king")
	refused("an owner has to stay: make somebody else one first", "delete", "ada", in)
	verb(t, exitFailed, database, "operator", "delete", "nobody", in)
	verb(t, exitDone, database, "operator", "create", "bob", in, "--role=owner")
	changed := verbJSON[operatorView](t, database, "operator", "set", "ada", in, "--role=auditor", "--name=Ada", "--issuer=", "--subject=")
	if changed.ID != ada.ID || changed.Name != "Ada" || changed.Role != "auditor" || changed.Issuer != "" {
		t.Errorf("changed to %+v", changed)
	}
	verb(t, exitDone, database, "operator", "delete", "Ada", in)
	if list := verbJSON[[]operatorView](t, database, "operator", "list", in); len(list) != 1 || list[0].Name != "bob" || list[0].LastSignIn != nil {
		t.Errorf("operators %+v", list)
	}

	if out, _ := verb(t, exitDone, database, "console-link", in, "--public-url=https://id.example/rc/"); !strings.HasPrefix(out, "https://id.example/rc/console/sign-in?link=") {
		t.Errorf("link %q", out)
	}
	verb(t, exitUsage, database, "console-link", in, "--public-url=id.example")
	verb(t, exitFailed, database, "console-link", in, "--operator=nobody")
	verb(t, exitFailed, database, "console-link", "--tenant=nobody")
	if made := verbJSON[struct{ Operator, Link string }](t, database, "console-link", in, "--listen=:9090"); made.Operator != "bob" || !strings.HasPrefix(made.Link, "http://localhost:9090/console/") {
		t.Errorf("%+v", made)
	}
}

// TestConsoleLink: a server whose first start said nothing can be signed in to.
func TestConsoleLink(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, nil, "--database", database)
	out, _ := verb(t, exitDone, database, "console-link", "--listen="+strings.TrimPrefix(p.url, "http://"))
	link := strings.TrimSpace(out)
	if status, body := p.get(strings.TrimPrefix(link, p.url), ""); status != http.StatusOK || !strings.Contains(body, "Sign in") {
		t.Errorf("%s: %d %s", link, status, body)
	}
	if list := verbJSON[[]operatorView](t, database, "operator", "list"); len(list) != 1 || list[0].Role != "owner" {
		t.Errorf("operators %+v", list)
	}
}
