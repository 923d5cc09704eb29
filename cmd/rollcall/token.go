package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/app"
	"rollcall/internal/auth"
	"rollcall/store"
)

// token groups the verbs on bearer tokens.
type token struct {
	Create tokenCreate `cmd:"" help:"Create a token and print it; it is not shown again."`
	List   tokenList   `cmd:"" help:"List the tokens of a connection, without their secrets."`
	Revoke tokenRevoke `cmd:"" help:"Revoke a token; servers take up to 10 seconds to notice."`
}

// tokenView is a token as scripts see it.
type tokenView struct {
	// Token is the whole token, in the answer to its creation alone.
	Token      string   `json:"token,omitempty"`
	Prefix     string   `json:"prefix"`
	Tenant     string   `json:"tenant"`
	Connection string   `json:"connection"`
	Scopes     []string `json:"scopes"`
	// User is the id of the user that the token acts for.
	User     *uuid.UUID `json:"user,omitempty"`
	Created  time.Time  `json:"created"`
	Expires  *time.Time `json:"expires,omitempty"`
	Revoked  *time.Time `json:"revoked,omitempty"`
	LastUsed *time.Time `json:"last_used,omitempty"`
}

func viewToken(t store.Token, tenant, connection string) tokenView {
	optional := func(at time.Time) *time.Time {
		if at.IsZero() {
			return nil
		}
		return &at
	}
	var user *uuid.UUID
	if t.Subject != uuid.Nil {
		user = &t.Subject
	}
	return tokenView{
		Prefix: t.Prefix, Tenant: tenant, Connection: connection, Scopes: t.Scopes, User: user, Created: t.Created,
		Expires: optional(t.Expires), Revoked: optional(t.Revoked), LastUsed: optional(t.LastUsed),
	}
}

// ofConnection is inTenant for verbs that act on one connection.
type ofConnection struct {
	inTenant   `embed:""`
	Connection string `default:"default" help:"Name of the connection."`
}

func (o ofConnection) with(ctx context.Context, verb func(store.Store, store.Connection) error) error {
	return o.inTenant.with(ctx, func(s store.Store, owner store.Tenant) error {
		found, err := s.Connection(ctx, owner.ID, o.Connection)
		if err != nil {
			return named("connection", o.Connection, err)
		}
		return verb(s, found)
	})
}

type tokenCreate struct {
	ofConnection `embed:""`
	Scope        []string `default:"scim:read,scim:write" sep:"," help:"What the token may do: ${default}, lifecycle:write, roles:write, admin:read, admin:write, credentials:verify, signins:report, events:read."`
	User         *string  `help:"Make a self-service token, which may read and change this user alone: the id of a user, or a userName." placeholder:"ID|USERNAME"`
	Expires      string   `help:"When the token ends: a number of days such as 90d, a duration such as 12h, or a time such as 2030-01-31T00:00:00Z; by default never, which the IPSIE profiles do not allow." placeholder:"WHEN"`
}

// AfterApply refuses scopes and times before the database is opened.
func (c *tokenCreate) AfterApply() error {
	scopes, err := auth.ParseScopes(c.Scope)
	_, errExpires := admin.When("expires", c.Expires, now())
	return errors.Join(err, c.checkUser(scopes), errExpires)
}

// checkUser refuses an empty --user, as a script with an unset variable writes
// it: a token of the connection is not what was meant.
func (c *tokenCreate) checkUser(scopes auth.Scopes) error {
	switch {
	case c.User == nil:
		return nil
	case *c.User == "":
		return errors.New("user: neither an id nor a userName is given")
	case scopes&^auth.SCIMScopes() != 0:
		return fmt.Errorf("a token of a user can have no scopes but %s", auth.SCIMScopes())
	}
	return nil
}

// user returns the user that the token acts for, zero for none.
func (c *tokenCreate) user(ctx context.Context, s store.Store, tenant store.TenantID) (uuid.UUID, error) {
	if c.User == nil {
		return uuid.Nil, nil
	}
	found, err := app.FindUser(ctx, s, tenant, *c.User)
	if err != nil {
		return uuid.Nil, named("user", *c.User, err)
	}
	return found, nil
}

// Run implements the verb.
func (c *tokenCreate) Run(ctx context.Context, t terminal) error {
	at := now()
	scopes, err := auth.ParseScopes(c.Scope)
	if err != nil {
		return err
	}
	expires, err := admin.When("expires", c.Expires, at)
	if err != nil {
		return err
	}
	return c.with(ctx, func(s store.Store, owner store.Connection) error {
		user, err := c.user(ctx, s, owner.Tenant)
		if err != nil {
			return err
		}
		text, created, err := admin.IssueToken(ctx, s, auth.Request{Connection: owner, Scopes: scopes, User: user, Created: at, Expires: expires, Audit: audit(at)})
		if err != nil {
			return err
		}
		if c.JSON {
			view := viewToken(created, c.Tenant, c.Connection)
			view.Token = text
			return printJSON(t.stdout, view)
		}
		// Alone on standard output, so that a script can take it.
		_, err = fmt.Fprintln(t.stdout, text)
		return err
	})
}

type tokenList struct {
	ofConnection `embed:""`
}

// Run implements the verb.
func (l *tokenList) Run(ctx context.Context, t terminal) error {
	return l.with(ctx, func(s store.Store, owner store.Connection) error {
		tokens, err := allTokens(ctx, s, owner)
		if err != nil {
			return err
		}
		views, rows := []tokenView{}, [][]string{}
		for _, found := range tokens {
			views = append(views, viewToken(found, l.Tenant, l.Connection))
			rows = append(rows, []string{found.Prefix, strings.Join(found.Scopes, " "), userColumn(found.Subject), day(found.Created), day(found.Expires), day(found.Revoked), day(found.LastUsed)})
		}
		if l.JSON {
			return printJSON(t.stdout, views)
		}
		return printTable(t.stdout, []string{"PREFIX", "SCOPES", "USER", "CREATED", "EXPIRES", "REVOKED", "LAST USED"}, rows)
	})
}

// allTokens reads the tokens of a connection, by creation.
func allTokens(ctx context.Context, s store.Tokens, owner store.Connection) (all []store.Token, err error) {
	search := store.TokenSearch{Tenant: owner.Tenant, Connection: owner.ID, Limit: 1000}
	for {
		page, err := s.Tokens(ctx, search)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Tokens...)
		if !page.More {
			return all, nil
		}
		search.After = all[len(all)-1].Position()
	}
}

func userColumn(user uuid.UUID) string {
	if user == uuid.Nil {
		return "-"
	}
	return user.String()
}

type tokenRevoke struct {
	inTenant `embed:""`
	Prefix   string `arg:"" help:"Prefix of the token, as token list shows it."`
}

// Run implements the verb.
func (r *tokenRevoke) Run(ctx context.Context, t terminal) error {
	return r.with(ctx, func(s store.Store, owner store.Tenant) error {
		at := now()
		if err := admin.RevokeToken(ctx, s, owner.ID, r.Prefix, audit(at)); err != nil {
			return named("token", r.Prefix, err)
		}
		if r.JSON {
			return printJSON(t.stdout, map[string]string{"prefix": r.Prefix, "revoked": day(at)})
		}
		_, err := fmt.Fprintf(t.stdout, "Token %s is revoked; servers notice within 10 seconds.\n", r.Prefix)
		return err
	})
}
