package scim

import (
	"context"
	"errors"
	"strings"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// SignIn is a sign-in that an application reports.
type SignIn struct {
	// User is the id or the userName of who signed in.
	User string
	// At is when; zero is now, and what lies ahead counts as now.
	At        time.Time
	Succeeded bool
	// Application, Address and Detail are for the history.
	Application, Address, Detail string
}

// The bounds of what a history keeps of a sign-in, in bytes.
const (
	mostApplication = 255
	mostAddress     = 64
	mostDetail      = 255
)

func (s *SignIn) row(at time.Time) (store.SignIn, error) {
	for _, text := range []struct {
		name, value string
		most        int
	}{{"application", s.Application, mostApplication}, {"address", s.Address, mostAddress}, {"detail", s.Detail, mostDetail}} {
		if len(text.value) > text.most || strings.ContainsRune(text.value, 0) {
			return store.SignIn{}, fault.New(fault.InvalidValue, "%s is longer than %d bytes, or contains NUL", text.name, text.most)
		}
	}
	return store.SignIn{At: at, Succeeded: s.Succeeded, Application: s.Application, Address: s.Address, Detail: s.Detail}, nil
}

// ReportSignIn notes a sign-in of a user. It never changes the version of the
// resource; too many failures lock the account, and no success lifts a lock.
func (p *Provider) ReportSignIn(ctx context.Context, c *Caller, report SignIn) (*Transition, error) {
	t, err := p.users()
	if err != nil {
		return nil, err
	}
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	id, err := FindUser(ctx, p.store, p.types, c.Tenant, report.User)
	if err != nil {
		return nil, refusal(err, t, report.User)
	}
	done, err := p.signIn(ctx, c, store.Key{Tenant: c.Tenant, Type: t.Name, ID: id}, report)
	return done, refusal(err, t, report.User)
}

func (p *Provider) signIn(ctx context.Context, c *Caller, key store.Key, report SignIn) (*Transition, error) {
	var done *Transition
	err := p.untilSettled(ctx, key, whenOvertaken, func() error {
		a, err := p.account(ctx, key)
		if err != nil {
			return err
		}
		tr, err := p.planSignIn(c, a, report)
		if err != nil {
			return err
		}
		done, err = p.carryOut(ctx, tr)
		return err
	})
	return done, err
}

// planSignIn decides a sign-in. It leaves an audit row only where the account is
// locked by it.
func (p *Provider) planSignIn(c *Caller, a *account, report SignIn) (*transition, error) {
	now := p.now()
	at := report.At.UTC().Truncate(time.Microsecond)
	if report.At.IsZero() || at.After(now) {
		at = now
	}
	if at.Year() < firstYear {
		return nil, fault.New(fault.InvalidValue, "at: the year has to be %d or later", firstYear)
	}
	row, err := report.row(at)
	if err != nil {
		return nil, err
	}
	var command lifecycle.Command = lifecycle.FailSignIn{At: at}
	if report.Succeeded {
		command = lifecycle.SignIn{At: at}
	}
	tr, err := p.planTransition(c, a, now, words{}, command)
	if err != nil {
		return nil, err
	}
	change, ok := tr.change.(*store.Update)
	if !ok {
		change = &store.Update{Key: a.record.Key, Modified: now}
		tr.change = change
	}
	change.SignIns = append(change.SignIns, row)
	return tr, nil
}

// Verification is the answer to a check of a credential. Why a credential was
// refused is in the history and not in the answer: it would tell who guesses
// that the guess was right.
type Verification struct {
	Verified bool
	// ID and UserName are set where Verified is true.
	ID, UserName string
}

// VerifyCredential checks a password, notes the sign-in, and locks the account
// after too many failures. It costs the same, and a no takes as long, whether or
// not there is such a user, has a password, or may sign in. It is refused with a 429 before anything
// is looked up where too many are under way, in the tenant or in all.
func (p *Provider) VerifyCredential(ctx context.Context, c *Caller, userName, password string, meta SignIn) (*Verification, error) {
	t, err := p.users()
	if err != nil {
		return nil, err
	}
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	if _, err := meta.row(p.now()); err != nil {
		return nil, err
	}
	leave, err := p.passwords.checks.enter(c.Tenant)
	if err != nil {
		return nil, err
	}
	defer leave()
	took := p.refusalTime()
	verified, err := p.verify(ctx, c, t, userName, password, meta, took)
	if verified == nil || !verified.Verified {
		if err := took.keep(ctx); err != nil {
			return nil, err
		}
	}
	return verified, refusal(err, t, userName)
}

func (p *Provider) verify(ctx context.Context, c *Caller, t *schema.ResourceType, userName, password string, meta SignIn, took *refusalTime) (*Verification, error) {
	id, err := userNamed(ctx, p.store, p.types, c.Tenant, userName)
	if err != nil {
		return nil, err
	}
	key := store.Key{Tenant: c.Tenant, Type: t.Name, ID: id}
	right, err := p.rightPassword(ctx, key, password, took)
	if err != nil {
		return nil, err
	}
	verified := &Verification{}
	err = p.untilSettled(ctx, key, whenOvertaken, func() error {
		a, err := p.account(ctx, key)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil {
			verified, err = p.noteCredential(ctx, c, a, right, meta)
		}
		return err
	})
	return verified, err
}

// noteCredential decides whether a right password lets the person in, and notes
// what came of it.
func (p *Provider) noteCredential(ctx context.Context, c *Caller, a *account, right bool, meta SignIn) (*Verification, error) {
	if a.departed != nil || a.facts.Stage == lifecycle.Purged {
		return &Verification{}, nil
	}
	admitted := a.facts.Admits(p.now())
	report := meta
	report.At, report.Succeeded = time.Time{}, right && admitted
	switch {
	case !right:
		report.Detail = "wrong password"
	case !admitted:
		report.Detail = "right password, refused: " + string(a.facts.Status(p.now()))
	}
	if right && !admitted {
		return &Verification{}, p.noteRefused(ctx, a, report)
	}
	tr, err := p.planSignIn(c, a, report)
	if err != nil {
		return nil, err
	}
	if _, err := p.carryOut(ctx, tr); err != nil || !report.Succeeded {
		return &Verification{}, err
	}
	object, err := a.t.Parse(a.record.Document)
	if err != nil {
		return nil, err
	}
	return &Verification{Verified: true, ID: a.record.ID.String(), UserName: object.Text(a.t.Naming)}, nil
}

// noteRefused writes a row of the history without counting a failure: nothing
// was guessed.
func (p *Provider) noteRefused(ctx context.Context, a *account, report SignIn) error {
	now := p.now()
	row, err := report.row(now)
	if err != nil {
		return err
	}
	_, err = p.store.Commit(ctx, []store.Change{&store.Update{Key: a.record.Key, Modified: now, SignIns: []store.SignIn{row}}})
	return err
}

// rightPassword compares a password with the stored one, and with nothing where
// there is none, which takes as long.
func (p *Provider) rightPassword(ctx context.Context, key store.Key, password string, took *refusalTime) (bool, error) {
	prepared, prepareErr := preparePassword(password)
	stored, err := p.store.PasswordHash(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	defer took.aside()()
	in := line{tenant: key.Tenant, check: true}
	if err != nil || prepareErr != nil {
		return p.passwords.wasted(ctx, in)
	}
	return p.passwords.matches(ctx, in, prepared, stored)
}
