package operator_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/operator"
	"rollcall/internal/validation"
	"rollcall/store"
)

// TestMatrix writes out who may do what, a second time.
func TestMatrix(t *testing.T) {
	t.Parallel()
	all := []operator.Permission{
		operator.ViewAccounts, operator.ViewSettings, operator.ViewAudit, operator.AssistAccounts, operator.ManageAccounts,
		operator.PurgeAccounts, operator.ManageSettings, operator.ManageOperators, operator.ShareViews, operator.RemoveViews,
	}
	for role, want := range map[operator.Role]string{
		operator.Owner: "yyyyyyyyyy", operator.Admin: "yyyyyyynyn", operator.Helpdesk: "ynnynnnnnn", operator.Auditor: "yyynnnnnnn",
		"": "nnnnnnnnnn", "king": "nnnnnnnnnn",
	} {
		var got strings.Builder
		for _, one := range all {
			if role.May(one) {
				got.WriteString("y")
			} else {
				got.WriteString("n")
			}
		}
		if got.String() != want {
			t.Errorf("%s: %s, want %s", role, got.String(), want)
		}
	}
	for action, want := range map[string]operator.Permission{
		"unlock": operator.AssistAccounts, "invite": operator.AssistAccounts, "reset-password": operator.AssistAccounts, "reset-attempts": operator.AssistAccounts,
		"purge": operator.PurgeAccounts, "suspend": operator.ManageAccounts, "set-password": operator.ManageAccounts, "what comes later": operator.ManageAccounts,
	} {
		if got := operator.ForAction(action); got != want {
			t.Errorf("%s needs %v, want %v", action, got, want)
		}
	}
}

// TestSessionsEnd: unused for an hour, or after twelve however much it is used.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, b *bed) {
		ada := b.operator("ada")
		sign := func() string {
			secret, _, err := b.FollowLink(t.Context(), b.link(ada), operator.Visit{Agent: "A\x00\xff" + strings.Repeat("ü", 300)})
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		check := func(secret string, want error) {
			t.Helper()
			if _, err := b.Session(t.Context(), secret); !errors.Is(err, want) {
				t.Errorf("at %v: %v, want %v", b.now, err, want)
			}
		}
		idle, busy := sign(), sign()
		for range 23 {
			b.now = b.now.Add(30 * time.Minute)
			check(busy, nil)
		}
		check(idle, operator.ErrSession)
		if living, err := b.Sessions(t.Context(), b.tenant); err != nil || len(living) != 1 {
			t.Errorf("%d sessions work, %v", len(living), err)
		}
		b.now = b.now.Add(30*time.Minute - time.Microsecond)
		check(busy, nil)
		b.now = b.now.Add(time.Microsecond)
		check(busy, operator.ErrSession)
		b.now = b.now.Add(time.Microsecond)
		if n, err := b.Forget(t.Context()); err != nil || n != 2 {
			t.Errorf("forgot %d, %v", n, err)
		}
		edge := sign()
		b.now = b.now.Add(operator.Idle)
		check(edge, operator.ErrSession)
		edge = sign()
		b.now = b.now.Add(operator.Idle - time.Microsecond)
		check(edge, nil)
		check("", operator.ErrSession)
	})
}

// TestLinksEnd: a link works for an hour.
func TestLinksEnd(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, b *bed) {
		ada := b.operator("ada")
		good, late := b.link(ada), b.link(ada)
		b.now = b.now.Add(operator.LinkLife - time.Microsecond)
		if _, who, err := b.FollowLink(t.Context(), good, operator.Visit{}); err != nil || who.Operator.ID != ada.ID || who.Role != operator.Admin {
			t.Errorf("in time: %+v, %v", who, err)
		}
		b.now = b.now.Add(time.Microsecond)
		if _, err := b.ReadLink(t.Context(), late); !errors.Is(err, operator.ErrLink) {
			t.Errorf("reading it late: %v", err)
		}
		if _, _, err := b.FollowLink(t.Context(), late, operator.Visit{}); !errors.Is(err, operator.ErrLink) {
			t.Errorf("following it late: %v", err)
		}
	})
}

// TestFirstOwner: a tenant without operators gets one owner, however many ask.
func TestFirstOwner(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, b *bed) {
		ids := make(chan string, 4)
		for range cap(ids) {
			go func() {
				owner, err := b.EnsureOwner(t.Context(), b.tenant, b.trail())
				if err != nil {
					t.Error(err)
				}
				ids <- owner.ID.String()
			}()
		}
		var all []string
		for range cap(ids) {
			all = append(all, <-ids)
		}
		if list, err := b.List(t.Context(), b.tenant); err != nil || len(list) != 1 || list[0].Name != operator.FirstOwner || len(slices.Compact(all)) != 1 {
			t.Errorf("%v are owners of %+v, %v", all, list, err)
		}
	})
}

// TestOwnerBesideItsName: somebody who is no owner may have the name of the first
// one.
func TestOwnerBesideItsName(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, b *bed) {
		b.operator(operator.FirstOwner)
		owner, err := b.EnsureOwner(t.Context(), b.tenant, b.trail())
		if err != nil || owner.Name != operator.FirstOwner+" 2" || owner.Role != store.OwnerRole {
			t.Errorf("%+v, %v", owner, err)
		}
	})
}

// TestChangesAtOnce: of two changes at once both are made.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, b *bed) {
		b.operator("other")
		for range 20 {
			ada := b.operator("ada")
			errs := make(chan error, 2)
			for _, change := range []func(*operator.Draft){func(d *operator.Draft) { d.Role = "auditor" }, func(d *operator.Draft) { d.Name = "lovelace" }} {
				go func() {
					_, err := b.Update(t.Context(), b.tenant, ada.ID, change, b.trail())
					errs <- err
				}()
			}
			if err := errors.Join(<-errs, <-errs); err != nil {
				t.Fatal(err)
			}
			after, err := b.Get(t.Context(), b.tenant, ada.ID)
			if err != nil || after.Name != "lovelace" || after.Role != "auditor" {
				t.Fatalf("%+v, %v", after, err)
			}
			self := b.trail()
			self.ActorID = ada.ID.String()
			var wrong *validation.Error
			if err := b.Delete(t.Context(), b.tenant, ada.ID, self); !errors.As(err, &wrong) {
				t.Fatalf("an operator removed itself: %v", err)
			}
			if err := b.Delete(t.Context(), b.tenant, ada.ID, b.trail()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestTrailOfOperators: the trail says what changed, and nothing where nothing
// did.
func TestTrailOfOperators(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, b *bed) {
		ada := b.operator("ada")
		for _, role := range []string{"owner", "owner"} {
			if _, err := b.Update(t.Context(), b.tenant, ada.ID, func(d *operator.Draft) { d.Role = role }, b.trail()); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := b.store.AuditOf(t.Context(), store.Key{Tenant: b.tenant, Type: store.OperatorSubject, ID: ada.ID}, 10)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if got := string(rows[0].Changes); strings.ReplaceAll(got, " ", "") != `{"role":["admin","owner"]}` {
			t.Errorf("changes %s", got)
		}
		if got := string(rows[1].Changes); strings.ReplaceAll(got, " ", "") != `{"name":[null,"ada"],"role":[null,"admin"]}` {
			t.Errorf("changes %s", got)
		}
	})
}

// TestIssuers: an operator signs in at a provider that nobody on the way can speak
// for.
func TestIssuers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, b *bed) {
		for issuer, good := range map[string]bool{
			"https://id.example/realms/x": true, "http://127.0.0.1:8080": true, "http://id.example": false, "id.example": false, "https://id.example?": false,
		} {
			_, err := b.Create(t.Context(), b.tenant, operator.Draft{Name: issuer, Role: "admin", Issuer: issuer, Subject: "x"}, b.trail())
			var wrong *validation.Error
			if good && err != nil || !good && (!errors.As(err, &wrong) || wrong.Field != "issuer") {
				t.Errorf("%q: %v", issuer, err)
			}
		}
	})
}
