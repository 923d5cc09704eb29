package scim

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

// What a person who has forgotten a password can cause, whatever is asked for
// and however often: mails to so many accounts that have one address, and to
// each account so many a day with so much time in between.
const (
	mostForgotten   = 5
	resetsADay      = 5
	betweenResets   = 5 * time.Minute
	mostForgotBytes = 320
)

// forgotActor is who the audit trail names: nobody has shown who they are.
const forgotActor = "forgotten-password"

// Forgot sends a link to reset the password to whom a text names by userName or
// by an address of theirs, and returns to how many. The link goes to the address
// of the account, not to the one that was asked for. Whose account does not
// allow it, or had enough such mails, gets none.
func (p *Provider) Forgot(ctx context.Context, tenant store.TenantID, requestID, text string) (int, error) {
	c := &Caller{Tenant: tenant, Kind: KindSystem, ID: forgotActor, RequestID: requestID, Leniency: &schema.Leniency{}}
	t, err := p.users()
	if err != nil {
		return 0, err
	}
	if len(text) > mostForgotBytes {
		return 0, nil
	}
	ids, err := p.meant(ctx, c, text)
	if err != nil {
		return 0, err
	}
	sent := 0
	for _, id := range ids {
		key := store.Key{Tenant: tenant, Type: t.Name, ID: id}
		if enough, err := p.enoughResets(ctx, key); err != nil {
			return sent, err
		} else if enough {
			continue
		}
		_, err := p.act(ctx, c, key, words{}, lifecycle.SendReset{})
		var refused *lifecycle.Refusal
		switch {
		case errors.As(err, &refused), errors.Is(err, store.ErrNotFound):
		case err != nil:
			return sent, err
		default:
			sent++
		}
	}
	return sent, nil
}

// meant are the living users that a text can mean. A userName that is somebody
// else's address does not hide that one.
func (p *Provider) meant(ctx context.Context, c *Caller, text string) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	named, err := userNamed(ctx, p.store, p.types, c.Tenant, text)
	if err != nil {
		return nil, err
	}
	if named != uuid.Nil {
		ids = append(ids, named)
	}
	if !utf8.ValidString(text) {
		return ids, nil // what is no text is nobody's address
	}
	count := mostForgotten
	page, err := p.Accounts(ctx, c, Search{Filter: "emails.value eq " + filter.Quote(text), HasFilter: true, Count: &count, StartIndex: 1})
	if refused, ok := fault.As(err); ok && refused.Status == 400 {
		return ids, nil // nobody can have such an address
	}
	if err != nil {
		return nil, err
	}
	for i := range page.Accounts {
		if id, ok := store.ParseID(page.Accounts[i].ID); ok && id != named {
			ids = append(ids, id)
		}
	}
	return ids[:min(len(ids), mostForgotten)], nil
}

// enoughResets reports whether an account was sent such mails too often. The
// trail is asked because all servers share it.
func (p *Provider) enoughResets(ctx context.Context, key store.Key) (bool, error) {
	const looked = 200 // more changes of one account in a day are not to be expected
	rows, err := p.store.AuditOf(ctx, key, looked)
	if err != nil {
		return false, err
	}
	now := p.now()
	rows = slices.DeleteFunc(rows, func(row store.AuditRow) bool {
		return row.ActorKind != KindSystem || row.ActorID != forgotActor || row.At.Before(now.Add(-24*time.Hour))
	})
	return len(rows) >= resetsADay || len(rows) > 0 && rows[0].At.After(now.Add(-betweenResets)), nil
}
