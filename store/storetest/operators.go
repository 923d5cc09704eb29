package storetest

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"rollcall/store"
)

func (f *fixture) operator(n int, name, role string) store.Operator {
	return store.Operator{ID: id(n), Tenant: f.tenant, Name: name, Role: role, Created: at(n)}
}

// has makes operators.
func (f *fixture) has(operators ...store.Operator) {
	f.t.Helper()
	for _, one := range operators {
		if err := f.s.CreateOperator(f.ctx, one, audit(1, "operator.create")); err != nil {
			f.t.Fatalf("CreateOperator(%s): %v", one.Name, err)
		}
	}
}

func (f *fixture) wantOperators(want ...store.Operator) {
	f.t.Helper()
	got, err := f.s.Operators(f.ctx, f.tenant)
	if err != nil {
		f.t.Fatalf("Operators: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("Operators (-want +got):\n%s", diff)
	}
}

// subjects fails unless a subject at a provider is these operators.
func (f *fixture) subjects(issuer, subject string, want ...store.Operator) {
	f.t.Helper()
	found, err := f.s.OperatorsOf(f.ctx, issuer, subject)
	var got []store.Operator
	for _, one := range found {
		got = append(got, one.Operator)
		tenants, err := f.s.Tenants(f.ctx)
		if err != nil || !slices.Contains(tenants, one.Tenant) || one.Tenant.ID != one.Operator.Tenant {
			f.t.Errorf("%+v is in no such tenant, %v", one, err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		f.t.Errorf("OperatorsOf(%q, %q): %v (-want +got):\n%s", issuer, subject, err, diff)
	}
}

// is fails unless an error is of a kind.
func (f *fixture) is(what string, err, want error) {
	f.t.Helper()
	if !errors.Is(err, want) {
		f.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// operators: what is written is read, names and subjects are unique in a tenant,
// and nobody sees those of another tenant.
func operators(f *fixture) {
	ada, bob := f.operator(1, "ada", store.OwnerRole), f.operator(2, "bob", "helpdesk")
	bob.Issuer, bob.Subject = "https://id.example.com", "b-1"
	f.has(bob, ada)
	f.wantOperators(ada, bob)
	f.is("a name twice", f.s.CreateOperator(f.ctx, f.operator(3, "ada", "admin"), audit(2, "operator.create")), store.ErrUniqueness)
	twin := f.operator(3, "twin", "admin")
	twin.Issuer, twin.Subject = bob.Issuer, bob.Subject
	f.is("a subject twice", f.s.CreateOperator(f.ctx, twin, audit(2, "operator.create")), store.ErrUniqueness)
	f.is("no tenant", f.s.CreateOperator(f.ctx, store.Operator{ID: id(9), Tenant: 9999, Name: "x", Role: "admin", Created: at(1)}, audit(2, "operator.create")), store.ErrNotFound)
	f.is("NUL", f.s.CreateOperator(f.ctx, f.operator(4, "a\x00", "admin"), audit(2, "operator.create")), store.ErrInvalid)

	f.subjects(bob.Issuer, bob.Subject, bob)
	f.subjects("", "") // who signs in by links alone is nobody's subject
	f.subjects(bob.Issuer, "b-2")
	f.subjects("https://id.example.com/", bob.Subject)
	f.subjects(bob.Issuer, "b\x001")
	other := f.in(f.newTenant("another"))
	other.has(other.operator(7, "ada", store.OwnerRole))
	twin.Tenant, twin.ID = other.tenant, id(8)
	other.has(twin)
	f.subjects(bob.Issuer, bob.Subject, twin, bob)
	_, err := other.s.Operator(f.ctx, other.tenant, ada.ID)
	f.is("of another tenant", err, store.ErrNotFound)
	f.is("of another tenant", f.s.DeleteOperator(f.ctx, other.tenant, bob.ID, audit(3, "operator.delete")), store.ErrNotFound)

	bob.Name, bob.Role, bob.Subject = "bo", "auditor", "b-2"
	was := f.operator(2, "bob", "helpdesk")
	was.Issuer, was.Subject = "https://id.example.com", "b-1"
	if err := f.s.UpdateOperator(f.ctx, was, bob, audit(4, "operator.update")); err != nil {
		f.t.Fatalf("UpdateOperator: %v", err)
	}
	f.wantOperators(ada, bob)
	bob.Name = "ada"
	f.is("as it was before", f.s.UpdateOperator(f.ctx, was, f.operator(2, "late", "admin"), audit(4, "operator.update")), store.ErrVersion)
	is := bob
	is.Name = "bo"
	f.is("a taken name", f.s.UpdateOperator(f.ctx, is, bob, audit(4, "operator.update")), store.ErrUniqueness)
	for _, role := range []string{store.OwnerRole, "admin"} {
		nobody := f.operator(5, "nobody", role)
		f.is("nobody", f.s.UpdateOperator(f.ctx, nobody, nobody, audit(4, "operator.update")), store.ErrNotFound)
	}
	rows, err := f.s.AuditOf(f.ctx, store.Key{Tenant: f.tenant, Type: store.OperatorSubject, ID: bob.ID}, 10)
	if err != nil || len(rows) != 2 {
		f.t.Errorf("%d audit rows of two changes, %v", len(rows), err)
	}
}

// lastOwners: an owner remains, also when all step down at once.
func lastOwners(f *fixture) {
	const n = 4
	f.has(f.operator(10, "admin", "admin"))
	for i := range n {
		f.has(f.operator(i, "owner "+string(rune('a'+i)), store.OwnerRole))
	}
	var wait sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wait.Go(func() {
			if i%2 == 0 {
				errs[i] = f.s.DeleteOperator(f.ctx, f.tenant, id(i), audit(2, "operator.delete"))
				return
			}
			owner := f.operator(i, "owner "+string(rune('a'+i)), store.OwnerRole)
			admin := owner
			admin.Role = "admin"
			errs[i] = f.s.UpdateOperator(f.ctx, owner, admin, audit(2, "operator.update"))
		})
	}
	wait.Wait()
	refused := 0
	for _, err := range errs {
		if err != nil {
			f.is("stepping down", err, store.ErrLastOwner)
			refused++
		}
	}
	list, err := f.s.Operators(f.ctx, f.tenant)
	if err != nil || refused != 1 {
		f.t.Fatalf("%d of %d owners were kept, %v", refused, n, err)
	}
	for _, one := range list {
		if one.Role == store.OwnerRole {
			same := one
			same.Name = "renamed"
			if err := f.s.UpdateOperator(f.ctx, one, same, audit(3, "operator.update")); err != nil {
				f.t.Errorf("renaming the last owner: %v", err)
			}
		}
	}
	if err := f.s.DeleteOperator(f.ctx, f.tenant, id(10), audit(3, "operator.delete")); err != nil {
		f.t.Errorf("removing somebody else: %v", err)
	}
	// Where there never was an owner, nobody is the last one.
	none := f.in(f.newTenant("ownerless"))
	admin := none.operator(30, "admin", "admin")
	none.has(admin)
	renamed := admin
	renamed.Name = "root"
	if err := none.s.UpdateOperator(f.ctx, admin, renamed, audit(3, "operator.update")); err != nil {
		f.t.Errorf("renaming an admin without owners: %v", err)
	}
	if err := none.s.DeleteOperator(f.ctx, none.tenant, admin.ID, audit(3, "operator.delete")); err != nil {
		f.t.Errorf("removing an admin without owners: %v", err)
	}
}

func (f *fixture) session(n, operator int) store.Session {
	return store.Session{
		ID: id(n), Hash: []byte{byte(n)}, Tenant: f.tenant, Operator: id(operator), Created: at(n), Seen: at(n), Expires: at(n + 100),
		Address: "192.0.2.1", Agent: "Agent/1",
	}
}

// sessions: a session is found by its hash alone, listed, touched, ended, and
// gone with its operator.
func sessions(f *fixture) {
	ada := f.operator(1, "ada", store.OwnerRole)
	f.has(ada, f.operator(2, "bob", "admin"))
	one, two, three := f.session(11, 1), f.session(12, 1), f.session(13, 2)
	for _, session := range []store.Session{one, two, three} {
		if err := f.s.OpenSession(f.ctx, session, nil, audit(3, "operator.sign-in")); err != nil {
			f.t.Fatalf("OpenSession: %v", err)
		}
	}
	f.is("nobody's", f.s.OpenSession(f.ctx, f.session(14, 9), nil, audit(3, "operator.sign-in")), store.ErrNotFound)
	grant, err := f.s.SessionOf(f.ctx, one.Hash)
	ada.LastSignIn = two.Created
	if diff := cmp.Diff(store.SessionGrant{Session: one, Operator: ada, Tenant: store.Tenant{ID: f.tenant, Name: "main", Created: at(0)}}, grant); err != nil || diff != "" {
		f.t.Errorf("SessionOf: %v (-want +got):\n%s", err, diff)
	}
	_, err = f.s.SessionOf(f.ctx, []byte{99})
	f.is("an unknown hash", err, store.ErrNotFound)

	for of, seen := range map[uuid.UUID]time.Time{one.ID: at(50), two.ID: at(1), id(99): at(50)} {
		if err := f.s.TouchSession(f.ctx, f.tenant, of, seen); err != nil {
			f.t.Fatalf("TouchSession: %v", err)
		}
	}
	if err := f.s.TouchSession(f.ctx, f.in(f.newTenant("strange")).tenant, two.ID, at(60)); err != nil {
		f.t.Fatalf("TouchSession of another tenant: %v", err)
	}
	odd := audit(4, "x\x00")
	f.is("NUL", f.s.EndSession(f.ctx, f.tenant, one.ID, odd), store.ErrInvalid)
	f.is("NUL", f.s.DeleteOperator(f.ctx, f.tenant, id(2), odd), store.ErrInvalid)
	f.is("NUL", f.s.CreateSignInLink(f.ctx, store.SignInLink{Hash: []byte{9}, Tenant: f.tenant, Operator: id(1), Expires: at(9)}, odd), store.ErrInvalid)
	one.Seen = at(50)
	f.wantSessions(three, two, one)
	f.is("of another tenant", f.s.EndSession(f.ctx, f.newTenant("other"), two.ID, audit(4, "session.end")), store.ErrNotFound)
	if err := f.s.EndSession(f.ctx, f.tenant, two.ID, audit(4, "session.end")); err != nil {
		f.t.Fatalf("EndSession: %v", err)
	}
	f.is("twice", f.s.EndSession(f.ctx, f.tenant, two.ID, audit(4, "session.end")), store.ErrNotFound)
	if err := f.s.DeleteOperator(f.ctx, f.tenant, id(2), audit(5, "operator.delete")); err != nil {
		f.t.Fatalf("DeleteOperator: %v", err)
	}
	f.wantSessions(one)
	for _, step := range []struct{ before, want int }{{111, 0}, {112, 1}} {
		if removed, err := f.s.ForgetSessions(f.ctx, at(step.before)); err != nil || removed != step.want {
			f.t.Errorf("ForgetSessions(%d) = %d, %v, want %d", step.before, removed, err, step.want)
		}
	}
	f.wantSessions()
}

func (f *fixture) wantSessions(want ...store.Session) {
	f.t.Helper()
	got, err := f.s.Sessions(f.ctx, f.tenant)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
		f.t.Errorf("Sessions: %v (-want +got):\n%s", err, diff)
	}
}

// signInLinks: a link works once, in its time, for its operator, and several at
// once make one session.
func signInLinks(f *fixture) {
	f.has(f.operator(1, "ada", store.OwnerRole), f.operator(2, "bob", "admin"))
	link := func(n, operator, expires int) []byte {
		f.t.Helper()
		made := store.SignInLink{Hash: []byte{byte(n)}, Tenant: f.tenant, Operator: id(operator), Expires: at(expires)}
		if err := f.s.CreateSignInLink(f.ctx, made, audit(2, "operator.link")); err != nil {
			f.t.Fatalf("CreateSignInLink: %v", err)
		}
		return made.Hash
	}
	f.is("nobody's", f.s.CreateSignInLink(f.ctx, store.SignInLink{Hash: []byte{1}, Tenant: f.tenant, Operator: id(9), Expires: at(9)}, audit(2, "operator.link")), store.ErrNotFound)
	good := link(1, 1, 30)
	grant, err := f.s.SignInLink(f.ctx, good)
	if err != nil || grant.Operator.Name != "ada" || grant.Tenant.Name != "main" || !grant.Session.Expires.Equal(at(30)) {
		f.t.Errorf("SignInLink: %+v, %v", grant, err)
	}
	f.is("another operator's", f.s.OpenSession(f.ctx, f.session(21, 2), good, audit(3, "operator.sign-in")), store.ErrNotFound)
	f.is("expired", f.s.OpenSession(f.ctx, f.session(22, 1), link(2, 1, 22), audit(3, "operator.sign-in")), store.ErrNotFound)
	const n = 5
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			session := f.session(23+i, 1)
			session.Created = at(23)
			errs[i] = f.s.OpenSession(f.ctx, session, good, audit(3, "operator.sign-in"))
		})
	}
	wait.Wait()
	opened := 0
	for _, err := range errs {
		if err == nil {
			opened++
			continue
		}
		f.is("used up", err, store.ErrNotFound)
	}
	if list, err := f.s.Sessions(f.ctx, f.tenant); opened != 1 || len(list) != 1 {
		f.t.Errorf("%d sessions by one link, %d stored, %v", opened, len(list), err)
	}
	_, err = f.s.SignInLink(f.ctx, good)
	f.is("used up", err, store.ErrNotFound)
	left := link(3, 2, 90)
	if err := f.s.DeleteOperator(f.ctx, f.tenant, id(2), audit(5, "operator.delete")); err != nil {
		f.t.Fatalf("DeleteOperator: %v", err)
	}
	_, err = f.s.SignInLink(f.ctx, left)
	f.is("gone with its operator", err, store.ErrNotFound)
}
