package operator

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/basis"
	"rollcall/internal/validation"
	"rollcall/store"
)

// Store is what the package reads and writes.
type Store interface {
	store.Operators
	store.Sessions
	store.SavedViews
}

// Service looks after the operators of all tenants.
type Service struct {
	store Store
	now   func() time.Time
}

// New makes a service. now tells the time; nil asks the clock of the machine.
func New(s Store, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: s, now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }}
}

// Now is the time by which the service decides.
func (s *Service) Now() time.Time { return s.now() }

// Draft is what is said of an operator.
type Draft struct {
	Name string
	Role string
	// Issuer and Subject are who the operator is at an OpenID provider; both or
	// neither.
	Issuer, Subject string
}

// draftOf is what is said of a stored operator.
func draftOf(of store.Operator) Draft {
	return Draft{Name: of.Name, Role: of.Role, Issuer: of.Issuer, Subject: of.Subject}
}

// Version stands for what is said of an operator: another one once that is
// otherwise. A form says by it what it was filled from.
func Version(of store.Operator) string {
	return basis.Of(of.Name, of.Role, of.Issuer, of.Subject)
}

// Change is what is to become different about an operator; nil leaves a part as
// it is.
type Change struct {
	Name    *string `json:"name"`
	Role    *string `json:"role"`
	Issuer  *string `json:"issuer"`
	Subject *string `json:"subject"`
}

// Apply changes a draft.
func (c *Change) Apply(draft *Draft) {
	for to, from := range map[*string]*string{
		&draft.Name: c.Name, &draft.Role: c.Role, &draft.Issuer: c.Issuer, &draft.Subject: c.Subject,
	} {
		if from != nil {
			*to = *from
		}
	}
}

// maxName bounds names and subjects, in bytes.
const maxName = 255

func (d *Draft) check() error {
	if _, err := ParseRole(d.Role); err != nil {
		return err
	}
	if d.Name == "" || d.Name != strings.TrimSpace(d.Name) {
		return validation.Errorf("name", "is needed, without blanks at its ends")
	}
	for field, text := range map[string]string{"name": d.Name, "issuer": d.Issuer, "subject": d.Subject} {
		if len(text) > maxName || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return validation.Errorf(field, "takes at most %d bytes of UTF-8, without control characters", maxName)
		}
	}
	if (d.Issuer == "") != (d.Subject == "") {
		return validation.Errorf("subject", "issuer and subject are given both or neither")
	}
	if d.Issuer == "" {
		return nil
	}
	if err := auth.CheckIssuer(d.Issuer); err != nil {
		return validation.Errorf("issuer", "is the URL of an OpenID provider, as its tokens name it: this one %v", err)
	}
	return nil
}

func (d *Draft) put(operator *store.Operator) {
	operator.Name, operator.Role, operator.Issuer, operator.Subject = d.Name, d.Role, d.Issuer, d.Subject
}

// ErrLastOwner says that a tenant would be left without an owner.
var ErrLastOwner = errors.New("an owner has to stay: make somebody else one first")

// worded says for all faces what the store refuses about one operator.
func worded(err error) error {
	switch {
	case errors.Is(err, store.ErrUniqueness):
		return &validation.TakenError{Field: "name", Problem: "another operator has this name, or is this subject at the provider"}
	case errors.Is(err, store.ErrLastOwner):
		return ErrLastOwner
	}
	return err
}

// Create makes an operator. A *validation.Error, a *validation.TakenError for a name
// or subject that another has.
func (s *Service) Create(ctx context.Context, tenant store.TenantID, draft Draft, trail store.Audit) (store.Operator, error) {
	if err := draft.check(); err != nil {
		return store.Operator{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return store.Operator{}, err
	}
	made := store.Operator{ID: id, Tenant: tenant, Created: s.now()}
	draft.put(&made)
	trail.Action = "operator.create"
	if trail.Changes, err = difference(store.Operator{}, made); err != nil {
		return store.Operator{}, err
	}
	return made, worded(s.store.CreateOperator(ctx, made, trail))
}

// mostAttempts bounds how often what met a concurrent change is tried again.
const mostAttempts = 30

// Update changes an operator by what change makes of its draft; its sessions go
// on with the new role at once. store.ErrNotFound, a *validation.TakenError as
// of Create, and ErrLastOwner when no owner would be left.
func (s *Service) Update(ctx context.Context, tenant store.TenantID, id uuid.UUID, change func(*Draft), trail store.Audit) (store.Operator, error) {
	for attempt := 1; ; attempt++ {
		after, err := s.update(ctx, tenant, id, change, trail)
		// Somebody else was faster: the change is made to what is there now.
		if !errors.Is(err, store.ErrVersion) || attempt == mostAttempts {
			return after, err
		}
	}
}

func (s *Service) update(ctx context.Context, tenant store.TenantID, id uuid.UUID, change func(*Draft), trail store.Audit) (store.Operator, error) {
	before, err := s.store.Operator(ctx, tenant, id)
	if err != nil {
		return before, err
	}
	draft := draftOf(before)
	change(&draft)
	return s.put(ctx, before, draft, trail)
}

// Replace makes an operator what a draft says, if its Version is still the one
// that the draft was made from: store.ErrVersion otherwise. Other errors are those
// of Update.
func (s *Service) Replace(ctx context.Context, tenant store.TenantID, id uuid.UUID, version string, draft Draft, trail store.Audit) (store.Operator, error) {
	before, err := s.store.Operator(ctx, tenant, id)
	if err != nil {
		return before, err
	}
	if Version(before) != version {
		return before, store.ErrVersion
	}
	return s.put(ctx, before, draft, trail)
}

// put stores what a draft says of an operator that is as it was before still.
func (s *Service) put(ctx context.Context, before store.Operator, draft Draft, trail store.Audit) (store.Operator, error) {
	var err error
	if err := draft.check(); err != nil {
		return before, err
	}
	after := before
	draft.put(&after)
	if after == before {
		return after, nil
	}
	trail.Action = "operator.update"
	if trail.Changes, err = difference(before, after); err != nil {
		return before, err
	}
	return after, worded(s.store.UpdateOperator(ctx, before, after, trail))
}

// Delete removes an operator, who is signed out with it. store.ErrNotFound,
// ErrLastOwner when no owner would be left, and a *validation.Error where the
// trail names the operator as who asks: who removes itself by a slip has nobody to
// ask.
func (s *Service) Delete(ctx context.Context, tenant store.TenantID, id uuid.UUID, trail store.Audit) error {
	if trail.ActorID == id.String() {
		return validation.Errorf("operator", "you cannot remove yourself: another owner can")
	}
	before, err := s.store.Operator(ctx, tenant, id)
	if err != nil {
		return err
	}
	trail.Action = Deleted
	if trail.Changes, err = difference(before, store.Operator{}); err != nil {
		return err
	}
	return worded(s.store.DeleteOperator(ctx, tenant, id, trail))
}

// Get returns an operator. store.ErrNotFound.
func (s *Service) Get(ctx context.Context, tenant store.TenantID, id uuid.UUID) (store.Operator, error) {
	return s.store.Operator(ctx, tenant, id)
}

// List returns the operators of a tenant by name.
func (s *Service) List(ctx context.Context, tenant store.TenantID) ([]store.Operator, error) {
	return s.store.Operators(ctx, tenant)
}

// Named returns the operator of that name. store.ErrNotFound.
func (s *Service) Named(ctx context.Context, tenant store.TenantID, name string) (store.Operator, error) {
	list, err := s.store.Operators(ctx, tenant)
	if err != nil {
		return store.Operator{}, err
	}
	for _, one := range list {
		if one.Name == name {
			return one, nil
		}
	}
	return store.Operator{}, store.ErrNotFound
}

// FirstOwner is the name of the owner that is made where there is none; with a
// number behind it where somebody else has it.
const FirstOwner = "owner"

// freeName is the name of a first owner beside others.
func freeName(list []store.Operator) string {
	name := FirstOwner
	for n := 2; slices.ContainsFunc(list, func(one store.Operator) bool { return one.Name == name }); n++ {
		name = FirstOwner + " " + strconv.Itoa(n)
	}
	return name
}

// EnsureOwner returns the owner that has been there for longest, and makes one
// where a tenant has none.
func (s *Service) EnsureOwner(ctx context.Context, tenant store.TenantID, trail store.Audit) (store.Operator, error) {
	for attempt := 1; ; attempt++ {
		list, err := s.store.Operators(ctx, tenant)
		if err != nil {
			return store.Operator{}, err
		}
		var first store.Operator
		for _, one := range list {
			if one.Role == store.OwnerRole && (first.ID == uuid.Nil || one.Created.Before(first.Created)) {
				first = one
			}
		}
		if first.ID != uuid.Nil {
			return first, nil
		}
		made, err := s.Create(ctx, tenant, Draft{Name: freeName(list), Role: store.OwnerRole}, trail)
		if !errors.Is(err, store.ErrUniqueness) || attempt == mostAttempts {
			return made, err
		}
		// Another copy of the server was faster.
	}
}
