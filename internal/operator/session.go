package operator

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/store"
)

const (
	// LinkLife is how long a sign-in link works.
	LinkLife = time.Hour
	// SessionLife is how long a session lasts at most, Idle how long it lasts
	// without being used.
	SessionLife = 12 * time.Hour
	Idle        = time.Hour
	// seenStep is how much a session's last use may lag behind, so that not each
	// page is a write.
	seenStep = time.Minute
	// touchWait is how long a page waits for its session's last use to be noted.
	touchWait = time.Second
)

var (
	// ErrLink: the link is unknown, used or has expired.
	ErrLink = errors.New("the sign-in link does not work")
	// ErrSession: there is no such session, or it has ended.
	ErrSession = errors.New("the session has ended")
)

// Identity is an operator who has signed in.
type Identity struct {
	Tenant   store.Tenant
	Operator store.Operator
	Role     Role
	Session  store.Session
}

// ActorID names the operator in the audit trail, inside its kind.
func (i *Identity) ActorID() string { return i.Operator.ID.String() }

// Link makes a link by which an operator signs in once, and returns its secret.
// store.ErrNotFound.
func (s *Service) Link(ctx context.Context, operator store.Operator, trail store.Audit) (secret string, expires time.Time, err error) {
	secret = auth.NewSecret()
	expires = s.now().Add(LinkLife)
	trail.Action = "operator.link"
	err = s.store.CreateSignInLink(ctx, store.SignInLink{
		Hash: auth.HashSecret(secret), Tenant: operator.Tenant, Operator: operator.ID, Expires: expires,
	}, trail)
	return secret, expires, err
}

// ReadLink tells whose a link is, and uses nothing up. ErrLink.
func (s *Service) ReadLink(ctx context.Context, secret string) (*Identity, error) {
	grant, err := s.store.SignInLink(ctx, auth.HashSecret(secret))
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.now().Before(grant.Session.Expires) {
		return nil, ErrLink
	}
	if err != nil {
		return nil, err
	}
	return identity(&grant), nil
}

func identity(grant *store.SessionGrant) *Identity {
	return &Identity{Tenant: grant.Tenant, Operator: grant.Operator, Role: Role(grant.Operator.Role), Session: grant.Session}
}

// Visit is where from and by what an operator signs in.
type Visit struct{ Address, Agent, RequestID string }

// maxAgent bounds what is kept of how a browser calls itself, in bytes.
const maxAgent = 255

// FollowLink uses a link up and begins a session, whose secret it returns.
// ErrLink.
func (s *Service) FollowLink(ctx context.Context, secret string, visit Visit) (string, *Identity, error) {
	who, err := s.ReadLink(ctx, secret)
	if err != nil {
		return "", nil, err
	}
	opened, err := s.open(ctx, who, auth.HashSecret(secret), visit)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil, ErrLink
	}
	return opened, who, err
}

// OfSubject lists as whom somebody may sign in whom an OpenID provider knows as a
// subject, by the name of the tenant; nobody is no error.
func (s *Service) OfSubject(ctx context.Context, issuer, subject string) ([]store.OperatorGrant, error) {
	return s.store.OperatorsOf(ctx, issuer, subject)
}

// SignIn begins a session of an operator whom its OpenID provider has vouched for,
// and returns its secret. store.ErrNotFound when the operator is gone.
func (s *Service) SignIn(ctx context.Context, grant store.OperatorGrant, visit Visit) (string, error) {
	who := &Identity{Tenant: grant.Tenant, Operator: grant.Operator, Role: Role(grant.Operator.Role)}
	return s.open(ctx, who, nil, visit)
}

// open begins a session of an operator, by a link or without.
func (s *Service) open(ctx context.Context, who *Identity, link []byte, visit Visit) (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	how, err := manner(who, link)
	if err != nil {
		return "", err
	}
	at, secret := s.now(), auth.NewSecret()
	who.Session = store.Session{
		ID: id, Hash: auth.HashSecret(secret), Tenant: who.Tenant.ID, Operator: who.Operator.ID,
		Created: at, Seen: at, Expires: at.Add(SessionLife), Address: plain(visit.Address), Agent: plain(visit.Agent),
	}
	return secret, s.store.OpenSession(ctx, who.Session, link, store.Audit{
		At: at, ActorKind: store.ActorOperator, ActorID: who.ActorID(), RequestID: visit.RequestID, Action: "operator.sign-in", Changes: how,
	})
}

// plain is what of a text of strangers can be stored.
func plain(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
	if len(text) > maxAgent {
		text = strings.ToValidUTF8(text[:maxAgent], "")
	}
	return text
}

// Session tells who a session belongs to, as the operator is now, and notes that
// it was used. ErrSession.
func (s *Service) Session(ctx context.Context, secret string) (*Identity, error) {
	grant, err := s.store.SessionOf(ctx, auth.HashSecret(secret))
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrSession
	}
	if err != nil {
		return nil, err
	}
	at := s.now()
	if ended(&grant.Session, at) {
		return nil, ErrSession
	}
	if at.Sub(grant.Session.Seen) >= seenStep {
		if err := s.touch(ctx, &grant.Session, at); err != nil {
			return nil, err
		}
	}
	return identity(&grant), nil
}

// touch notes that a session was used. Where the store cannot write, or has no time to,
// the session ends the earlier for it, and what was asked for is answered all the same.
func (s *Service) touch(ctx context.Context, session *store.Session, at time.Time) error {
	limited, cancel := context.WithTimeout(ctx, touchWait)
	defer cancel()
	err := s.store.TouchSession(limited, session.Tenant, session.ID, at)
	switch {
	case err == nil:
		session.Seen = at
	case errors.Is(err, store.ErrUnavailable), limited.Err() != nil && ctx.Err() == nil:
		return nil
	}
	return err
}

// ended reports whether a session works no more at a time.
func ended(session *store.Session, at time.Time) bool {
	return !at.Before(session.Expires) || at.Sub(session.Seen) >= Idle
}

// Sessions lists the sessions of a tenant that still work, newest first.
func (s *Service) Sessions(ctx context.Context, tenant store.TenantID) ([]store.Session, error) {
	all, err := s.store.Sessions(ctx, tenant)
	if err != nil {
		return nil, err
	}
	at, living := s.now(), []store.Session{}
	for i := range all {
		if !ended(&all[i], at) {
			living = append(living, all[i])
		}
	}
	return living, nil
}

// End ends a session: the next request that it sends is refused.
// store.ErrNotFound.
func (s *Service) End(ctx context.Context, tenant store.TenantID, id uuid.UUID, trail store.Audit) error {
	trail.Action = "operator.sign-out"
	return s.store.EndSession(ctx, tenant, id, trail)
}

// Forget removes sessions and links that are past their last moment.
func (s *Service) Forget(ctx context.Context) (int, error) {
	return s.store.ForgetSessions(ctx, s.now())
}
