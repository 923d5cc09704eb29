package scim

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/schemas"
	"rollcall/scim/schema"
	"rollcall/store"
)

// overtakenStore lets something else happen right before the next commit.
type overtakenStore struct {
	Store
	by func()
}

func (s *overtakenStore) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	if by := s.by; by != nil {
		s.by = nil
		by()
	}
	return s.Store.Commit(ctx, changes)
}

// TestSuspensionBeforeTheCommit covers IPS-07: a suspension that comes after a
// user's change was looked at, and before it is stored, still stops it.
func TestSuspensionBeforeTheCommit(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := types.Type(UserType)
	opened := testdb.OpenSQLite(t)
	tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "one"}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	between := &overtakenStore{Store: opened}
	p := New(Options{Store: between, Types: types})
	idp := &Caller{Tenant: tenant.ID, Kind: "connection", ID: "idp", Leniency: &schema.Leniency{}}
	patch := func(c *Caller, id, operation string) error {
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
		_, err := p.Patch(t.Context(), c, user, id, Precondition{}, strings.NewReader(body), View{})
		return err
	}
	for name, operation := range map[string]string{
		"a name": `{"op":"replace","path":"nickName","value":"x"}`, "a password": `{"op":"replace","path":"password","value":"Secret-1"}`,
	} {
		made, err := p.Create(t.Context(), idp, user, strings.NewReader(`{"schemas":["`+schema.UserURN+`"],"userName":"`+name+`"}`), View{})
		if err != nil {
			t.Fatal(err)
		}
		self := &Caller{Tenant: tenant.ID, Kind: "user", ID: made.ID(), Subject: uuid.MustParse(made.ID()), Leniency: &schema.Leniency{}}
		between.by = func() {
			if err := patch(idp, made.ID(), `{"op":"replace","path":"active","value":false}`); err != nil {
				t.Fatal(err)
			}
		}
		if err := patch(self, made.ID(), operation); !errors.Is(err, ErrSubject) {
			t.Errorf("%s: got %v", name, err)
		}
		if between.by != nil {
			t.Errorf("%s: nothing was about to be stored", name)
		}
		if _, err := opened.PasswordHash(t.Context(), store.Key{Tenant: tenant.ID, Type: UserType, ID: self.Subject}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: password %v", name, err)
		}
	}
}
