package storetest

import (
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/store"
)

func (f *fixture) view(n, operator int, name string, shared bool) store.SavedView {
	return store.SavedView{ID: id(n), Tenant: f.tenant, Operator: id(operator), Name: name, Query: "q=" + name, Shared: shared, Created: at(n)}
}

func (f *fixture) wantViews(operator int, want ...store.SavedView) {
	f.t.Helper()
	got, err := f.s.Views(f.ctx, f.tenant, id(operator))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
		f.t.Errorf("Views of %d: %v (-want +got):\n%s", operator, err, diff)
	}
}

// savedViews: an operator sees its own views and those that others share; names
// are unique to it, their number is bounded, and they go with it.
func savedViews(f *fixture) {
	f.has(f.operator(1, "ada", store.OwnerRole), f.operator(2, "bob", "admin"))
	b, a, theirs, secret := f.view(11, 1, "b", false), f.view(12, 1, "a", true), f.view(13, 2, "a", true), f.view(14, 2, "secret", false)
	for _, view := range []store.SavedView{b, a, theirs, secret} {
		if err := f.s.CreateView(f.ctx, view, 3, audit(2, "view.create")); err != nil {
			f.t.Fatalf("CreateView(%s): %v", view.Name, err)
		}
	}
	f.wantViews(1, a, b, theirs)
	f.wantViews(2, theirs, secret, a)
	f.wantViews(9, theirs, a) // of one name, by id
	f.is("a name twice", f.s.CreateView(f.ctx, f.view(15, 1, "a", false), 3, audit(2, "view.create")), store.ErrUniqueness)
	f.is("nobody's", f.s.CreateView(f.ctx, f.view(15, 9, "x", false), 3, audit(2, "view.create")), store.ErrNotFound)
	f.is("too many", f.s.CreateView(f.ctx, f.view(15, 1, "c", false), 2, audit(2, "view.create")), store.ErrFull)
	odd := f.view(15, 1, "a\x00", false)
	f.is("NUL in a name", f.s.CreateView(f.ctx, odd, 3, audit(2, "view.create")), store.ErrInvalid)
	odd.Name, odd.Query = "c", "\x00"
	f.is("NUL in a query", f.s.CreateView(f.ctx, odd, 3, audit(2, "view.create")), store.ErrInvalid)
	f.is("NUL in the trail", f.s.DeleteView(f.ctx, f.tenant, a.ID, audit(2, "x\x00")), store.ErrInvalid)

	got, err := f.s.View(f.ctx, f.tenant, secret.ID)
	if diff := cmp.Diff(secret, got); err != nil || diff != "" {
		f.t.Errorf("View: %v (-want +got):\n%s", err, diff)
	}
	other := f.in(f.newTenant("other"))
	_, err = other.s.View(f.ctx, other.tenant, a.ID)
	f.is("of another tenant", err, store.ErrNotFound)
	f.is("of another tenant", other.s.DeleteView(f.ctx, other.tenant, a.ID, audit(3, "view.delete")), store.ErrNotFound)
	other.wantViews(1)

	if err := f.s.DeleteView(f.ctx, f.tenant, a.ID, audit(3, "view.delete")); err != nil {
		f.t.Fatalf("DeleteView: %v", err)
	}
	f.is("twice", f.s.DeleteView(f.ctx, f.tenant, a.ID, audit(3, "view.delete")), store.ErrNotFound)
	rows, err := f.s.AuditOf(f.ctx, store.Key{Tenant: f.tenant, Type: store.ViewSubject, ID: a.ID}, 10)
	if err != nil || len(rows) != 2 || rows[0].Action != "view.delete" {
		f.t.Errorf("the trail of a view: %+v, %v", rows, err)
	}
	if err := f.s.DeleteOperator(f.ctx, f.tenant, id(2), audit(4, "operator.delete")); err != nil {
		f.t.Fatalf("DeleteOperator: %v", err)
	}
	f.wantViews(1, b)
	f.wantViews(2)
}
