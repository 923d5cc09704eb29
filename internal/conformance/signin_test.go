package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/app"
	"rollcall/internal/auth"
	"rollcall/internal/trial"
	"rollcall/lifecycle"
	"rollcall/store"
)

// TestSignInBatches: each report of a batch is taken or refused by itself; one
// that comes twice, late or too early does no harm.
func TestSignInBatches(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		reporter := &office{o.as(t, auth.ScopeSigninsReport).lenient()}
		id := s.user(t, "reported")
		noon := time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
		at := func(at time.Time) string {
			return `{"user":"reported","succeeded":true,"at":"` + at.Format(time.RFC3339) + `"}`
		}
		results := reporter.ask(t, 200, "POST", "/sign-ins", `{"signIns":[`+strings.Join([]string{
			at(noon), at(noon), at(noon.Add(-24 * time.Hour)), `{"user":"reported"}`, `{"user":"nobody","succeeded":true}`,
			`{"user":"reported","succeeded":true,"application":"` + strings.Repeat("x", 256) + `"}`, `{"user":"","succeeded":true}`,
		}, ",")+`]}`)["results"].([]any)
		for i, want := range []float64{0, 0, 0, 400, 404, 400, 400} {
			problem, _ := results[i].(map[string]any)["problem"].(map[string]any)
			if got, _ := problem["status"].(float64); got != want {
				t.Errorf("report %d: %v, want %v", i, results[i], want)
			}
		}
		lastLogin := func() time.Time {
			t.Helper()
			seen, err := time.Parse(time.RFC3339, fmt.Sprint(o.ask(t, 200, "GET", "/users/"+id, "")["lastLogin"]))
			if err != nil {
				t.Fatal(err)
			}
			return seen
		}
		if got := lastLogin(); !got.Equal(noon) {
			t.Errorf("last login %v, want %v", got, noon)
		}
		reporter.ask(t, 200, "POST", "/sign-ins", at(time.Now().AddDate(50, 0, 0)))
		if got := lastLogin(); got.After(time.Now()) || !got.After(noon) {
			t.Errorf("a sign-in that lies ahead counts as %v", got)
		}
		if rows := o.ask(t, 200, "GET", "/users/"+id+"/sign-ins", "")["signIns"].([]any); len(rows) != 4 {
			t.Errorf("%d rows of history: %v", len(rows), rows)
		}
	})
}

// TestReasonsAreForAdministrators: why a credential was refused is in the
// history, which takes another scope than to ask.
func TestReasonsAreForAdministrators(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		verifier := o.as(t, auth.ScopeCredentialsVerify, auth.ScopeSigninsReport)
		id := s.user(t, "ada", `"password":"Correct-Horse-1"`)
		o.act(t, 200, id, "suspend", `{"reason":"x"}`)
		for _, password := range []string{"Correct-Horse-1", "Wrong-Horse-1"} {
			report(t, map[string]any{"verified": false, "id": "$absent", "userName": "$absent"},
				verifier.ask(t, 200, "POST", "/credentials/verify", `{"userName":"ada","password":"`+password+`"}`))
		}
		verifier.ask(t, 403, "GET", "/users/"+id+"/sign-ins", "")
		report(t, map[string]any{"signIns": []any{
			map[string]any{"succeeded": false, "detail": "wrong password"},
			map[string]any{"succeeded": false, "detail": "right password, refused: Suspended"},
		}}, o.ask(t, 200, "GET", "/users/"+id+"/sign-ins", ""))
		if text := fmt.Sprint(s.want(t, 200, "GET", "/Users/"+id, "")); strings.Contains(text, "wrong password") {
			t.Errorf("SCIM shows %s", text)
		}
	})
}

// TestTokensKeepAccountsInUse: a request with a token that acts for an account is
// a use of the account.
func TestTokensKeepAccountsInUse(t *testing.T) {
	t.Parallel()
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		running, err := trial.Start(t.Context(), trial.Options{Database: r.database})
		if err != nil {
			t.Fatal(err)
		}
		beside, err := app.OpenStore(t.Context(), r.database)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = beside.Close() })
		s := &server{Base: running.SCIM, Token: trial.Token, Store: beside}
		o := s.desk()
		id := s.user(t, "robot")
		o.act(t, 200, id, "mark", `{"mark":"`+string(lifecycle.MarkAPIOnly)+`","purpose":"backups"}`)
		self := o.selfService(t, id)
		self.Base = running.SCIM
		self.want(t, 200, "GET", "/Me", "")
		tenant := tenantOf(t, s).ID
		if err := running.Stop(); err != nil { // which writes what was used
			t.Fatal(err)
		}
		record, err := beside.Get(t.Context(), store.Key{Tenant: tenant, Type: "User", ID: uuid.MustParse(id)}, store.WithActivity)
		if err != nil {
			t.Fatal(err)
		}
		if used := record.Activity.LastTokenUse; time.Since(used) > time.Minute || used.After(time.Now()) {
			t.Errorf("last use %v", used)
		}
	})
}

// TestAdminSignInsAtOneTime: a page of the history can end amid rows of one time.
func TestAdminSignInsAtOneTime(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		reporter := o.as(t, auth.ScopeSigninsReport)
		id, at := s.user(t, "twin"), time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		want := []string{"f", "e", "d", "c", "b", "a"}
		for _, application := range slices.Backward(want) {
			reporter.ask(t, 200, "POST", "/sign-ins", fmt.Sprintf(`{"user":%q,"succeeded":true,"at":%q,"application":%q}`, id, at, application))
		}
		for count := 1; count <= len(want); count++ {
			var got []string
			for next := ""; ; {
				page := o.ask(t, 200, "GET", fmt.Sprintf("/users/%s/sign-ins?count=%d&cursor=%s", id, count, next), "")
				for _, row := range page["signIns"].([]any) {
					got = append(got, row.(map[string]any)["application"].(string))
				}
				if next, _ = page["next"].(string); next == "" || len(got) > len(want) {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("in pages of %d: %v, want %v", count, got, want)
			}
		}
		for _, bad := range []string{"x", "AAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA="} {
			o.ask(t, 400, "GET", "/users/"+id+"/sign-ins?cursor="+bad, "")
		}
	})
}
