package operator

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/store"
)

const (
	// maxViewName and maxViewQuery bound a saved view, in bytes.
	maxViewName  = 100
	maxViewQuery = 2000
	// MostViews is how many views an operator can save.
	MostViews = 50
)

// ErrViews says that an operator has as many views as it can.
var ErrViews = errors.New("there are as many saved views as one operator can have")

// ErrRole says that the role of an operator does not allow what it asks for.
var ErrRole = errors.New("the role does not allow this")

// ViewDraft is what is said of a saved view.
type ViewDraft struct {
	Name string
	// Query says what the list shows, as parameters of an address.
	Query  string
	Shared bool
}

func (d *ViewDraft) check() error {
	switch {
	case d.Name == "" || d.Name != strings.TrimSpace(d.Name):
		return validation.Errorf("name", "is needed, without blanks at its ends")
	case len(d.Name) > maxViewName || !utf8.ValidString(d.Name) || strings.ContainsFunc(d.Name, unicode.IsControl):
		return validation.Errorf("name", "takes at most %d bytes of UTF-8, without control characters", maxViewName)
	case len(d.Query) > maxViewQuery || !utf8.ValidString(d.Query) || strings.ContainsFunc(d.Query, unicode.IsControl):
		return validation.Errorf("query", "takes at most %d bytes", maxViewQuery)
	}
	return nil
}

// SaveView keeps a view of an operator. ErrRole for one that it may not share, a
// *validation.Error, ErrViews for one too many, store.ErrUniqueness for a name that
// another one of its views has.
func (s *Service) SaveView(ctx context.Context, who *Identity, draft ViewDraft, trail store.Audit) (store.SavedView, error) {
	if draft.Shared && !who.Role.May(ShareViews) {
		return store.SavedView{}, ErrRole
	}
	if err := draft.check(); err != nil {
		return store.SavedView{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return store.SavedView{}, err
	}
	view := store.SavedView{
		ID: id, Tenant: who.Tenant.ID, Operator: who.Operator.ID, Name: draft.Name, Query: draft.Query, Shared: draft.Shared, Created: s.now(),
	}
	// What a list looks for may be the name of a person: the trail does not keep it.
	trail.Action = "view.create"
	if trail.Changes, err = json.Marshal(map[string][2]any{"name": {nil, view.Name}, "shared": {nil, view.Shared}}); err != nil {
		return view, err
	}
	err = s.store.CreateView(ctx, view, MostViews, trail)
	if errors.Is(err, store.ErrFull) {
		err = ErrViews
	}
	return view, err
}

// Views are the views that an operator sees: its own, then those that others
// share.
func (s *Service) Views(ctx context.Context, who *Identity) ([]store.SavedView, error) {
	return s.store.Views(ctx, who.Tenant.ID, who.Operator.ID)
}

// MayRemoveView reports whether an operator can remove a view that it sees: one
// of its own, or, by its role, one that others share.
func (i *Identity) MayRemoveView(view *store.SavedView) bool {
	return view.Operator == i.Operator.ID || view.Shared && i.Role.May(RemoveViews)
}

// RemoveView removes a view. store.ErrNotFound for one that the operator does not
// see, ErrRole for one that is not its to remove.
func (s *Service) RemoveView(ctx context.Context, who *Identity, id uuid.UUID, trail store.Audit) error {
	view, err := s.store.View(ctx, who.Tenant.ID, id)
	switch {
	case err != nil:
		return err
	case view.Operator != who.Operator.ID && !view.Shared:
		return store.ErrNotFound
	case !who.MayRemoveView(&view):
		return ErrRole
	}
	trail.Action = "view.delete"
	if trail.Changes, err = json.Marshal(map[string][2]any{"name": {view.Name, nil}, "shared": {view.Shared, nil}}); err != nil {
		return err
	}
	return s.store.DeleteView(ctx, who.Tenant.ID, id, trail)
}
