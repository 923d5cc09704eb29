package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/console"
	"rollcall/internal/operator"
	"rollcall/scim"
	"rollcall/store"
)

// directory is what the first start reads and writes.
type directory interface {
	store.Tenants
	store.Connections
	store.Tokens
	store.Operators
	store.Sessions
	store.SavedViews
}

// firstStart makes sure that the default tenant and connection exist. Several
// copies may do so at once: the one that makes the connection also makes its
// token.
type firstStart struct {
	store  directory
	logger *slog.Logger
	now    time.Time
	// baseURL is how people reach the server.
	baseURL string
	// deliver hands out the first secrets; nil where none are wanted.
	deliver func() (delivery, error)
}

// secrets are what the first start makes and shows once.
type secrets struct {
	// token is the first token of the default connection, link where an operator
	// signs in to the console.
	token, link string
}

// delivery is a way to hand out secrets. It is opened before they exist, so that
// none is made that nobody learns.
type delivery interface {
	hand(secrets) error
	cancel()
}

func (f *firstStart) run(ctx context.Context) error {
	tenant, err := f.tenant(ctx)
	if err != nil {
		return fmt.Errorf("make tenant %s: %w", auth.DefaultTenant, err)
	}
	connection, err := f.store.Connection(ctx, tenant.ID, auth.DefaultConnection)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return f.connection(ctx, tenant)
	case err != nil:
		return fmt.Errorf("read connection %s: %w", auth.DefaultConnection, err)
	}
	return f.remind(ctx, connection)
}

func (f *firstStart) tenant(ctx context.Context) (store.Tenant, error) {
	tenant, err := f.store.Tenant(ctx, auth.DefaultTenant)
	if !errors.Is(err, store.ErrNotFound) {
		return tenant, err
	}
	tenant, err = admin.CreateTenant(ctx, f.store, store.Tenant{Name: auth.DefaultTenant, Created: f.now}, f.audit())
	if errors.Is(err, store.ErrUniqueness) {
		return f.store.Tenant(ctx, auth.DefaultTenant)
	}
	return tenant, err
}

func (f *firstStart) connection(ctx context.Context, tenant store.Tenant) error {
	var way delivery
	if f.deliver != nil {
		var err error
		if way, err = f.deliver(); err != nil {
			return err
		}
		defer way.cancel()
	}
	connection, err := admin.NewConnection(tenant.ID, auth.DefaultConnection, admin.ConnectionChange{}, f.now)
	if err == nil {
		err = admin.CreateConnection(ctx, f.store, connection, f.audit())
	}
	if errors.Is(err, store.ErrUniqueness) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make connection %s: %w", auth.DefaultConnection, err)
	}
	if way == nil {
		return nil
	}
	token, _, err := admin.IssueToken(ctx, f.store, auth.Request{
		Connection: connection, Scopes: auth.ScopesOf(auth.ScopeSCIMRead, auth.ScopeSCIMWrite), Created: f.now, Audit: f.audit(),
	})
	if err != nil {
		return err
	}
	link, err := f.link(ctx, tenant)
	if err != nil {
		return err
	}
	return way.hand(secrets{token: token, link: link})
}

// link makes the first owner and a link by which it signs in.
func (f *firstStart) link(ctx context.Context, tenant store.Tenant) (string, error) {
	operators := operator.New(f.store, nil)
	owner, err := operators.EnsureOwner(ctx, tenant.ID, f.audit())
	if err != nil {
		return "", fmt.Errorf("make the first operator: %w", err)
	}
	secret, _, err := operators.Link(ctx, owner, f.audit())
	if err != nil {
		return "", fmt.Errorf("make a sign-in link: %w", err)
	}
	return console.SignInURL(f.baseURL, secret), nil
}

// remind says what to do where a start was interrupted between connection and
// token, or where an earlier one had a bootstrap token.
func (f *firstStart) remind(ctx context.Context, connection store.Connection) error {
	if f.deliver == nil {
		return nil
	}
	tokens, err := f.store.Tokens(ctx, store.TokenSearch{Tenant: connection.Tenant, Connection: connection.ID, Limit: 1})
	if err != nil {
		return fmt.Errorf("read tokens: %w", err)
	}
	if len(tokens.Tokens) == 0 {
		f.logger.Warn("connection default has no token; make one with: rollcall token create --connection default")
	}
	return nil
}

func (f *firstStart) audit() store.Audit {
	return store.Audit{At: f.now, ActorKind: scim.KindSystem, ActorID: "start"}
}
