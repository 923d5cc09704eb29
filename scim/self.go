package scim

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// UserType is the resource type of users: of accounts, and of whom a self-service
// token can act for.
const UserType = "User"

// A caller with a Subject is refused with one of these, or for what it changes.
var (
	// ErrConfined is the one answer to whatever a self-service caller may not
	// do. It is given before anything is looked up, so that it does not tell
	// what exists (RFC 7644 section 2).
	ErrConfined = fault.Plain(403, "the token acts for one user: it may read and change that user alone, at /Me or at the user's own URI")
	// ErrSubject says that the user is suspended or gone, and that the token
	// is worth nothing (RFC 6750 section 3.1, invalid_token).
	ErrSubject = fault.Plain(401, "the user that the bearer token acts for is not active")
)

// unconfined refuses a self-service caller.
func (c *Caller) unconfined() error {
	if c.Subject == uuid.Nil {
		return nil
	}
	return ErrConfined
}

// confined refuses a self-service caller unless it asks for its own resource,
// under the very text of its id.
func (c *Caller) confined(t *schema.ResourceType, id string) error {
	if c.Subject == uuid.Nil || t.Name == UserType && id == c.Subject.String() {
		return nil
	}
	return ErrConfined
}

// CheckSubject returns ErrSubject when the caller acts for a user who is not
// active any more, and nil for every other caller.
func (p *Provider) CheckSubject(ctx context.Context, c *Caller) error {
	if c.Subject == uuid.Nil {
		return nil
	}
	_, err := p.read(ctx, c, store.Key{Tenant: c.Tenant, Type: UserType, ID: c.Subject}, 0)
	return err
}

// read reads the resource that a use case is about. A self-service caller is
// held against the state in which it finds itself: that costs nothing, and a
// suspension is felt at once.
func (p *Provider) read(ctx context.Context, c *Caller, key store.Key, with store.Relations) (store.Record, error) {
	record, err := p.store.Get(ctx, key, with)
	switch {
	case c.Subject == uuid.Nil:
		return record, err
	case errors.Is(err, store.ErrNotFound):
		return record, ErrSubject
	case err != nil:
		return record, err
	}
	return record, c.active(&record, p.now())
}

// active refuses a self-service caller whose own record is not active.
func (c *Caller) active(record *store.Record, now time.Time) error {
	if c.Subject != uuid.Nil && !activeAt(&record.Facts, now) {
		return ErrSubject
	}
	return nil
}

// selfWritable are the attributes of the core User schema that a user may
// change on himself. Everything else is denied: what decides about rights,
// identifies the account to others (an e-mail address, an employee's title) or
// was added by the operator.
var selfWritable = map[string]bool{
	"name": true, "displayName": true, "nickName": true, "profileUrl": true, "photos": true,
	"preferredLanguage": true, "locale": true, "timezone": true,
	"phoneNumbers": true, "addresses": true, "ims": true,
	"password": true,
}

// selfMayWrite reports whether a user may change an attribute at the top level
// on himself.
func selfMayWrite(t *schema.ResourceType, a *schema.Attribute) bool {
	return t.URN == schema.UserURN && !a.Extension && selfWritable[a.Name]
}

// limit refuses an edit by which a self-service caller changes what it may not.
// It compares what comes out, so that a client may send back all that it read;
// whole says that the edit came as a whole resource.
func (c *Caller) limit(t *schema.ResourceType, record *store.Record, before *schema.Object, next *edit, whole bool, now time.Time) error {
	if c.Subject == uuid.Nil {
		return nil
	}
	if err := c.active(record, now); err != nil {
		return err
	}
	if whole {
		next.object = withHidden(t, before, next.object)
	}
	if next.active != nil && !*next.active {
		return denied(t.Active)
	}
	for _, a := range t.Attributes() {
		if changed := changedAttribute(a, before, next.object); changed != nil && !selfMayWrite(t, a) {
			return denied(changed)
		}
	}
	return nil
}

// pin ties a change by a self-service caller to a version in which the user is
// active, so that no suspension comes before it unseen. A new document is tied
// to its version anyway. What else changes took a while to hash, and is tied to
// the version of now: a crowd of other changes would starve it otherwise.
func (p *Provider) pin(ctx context.Context, c *Caller, change *store.Update) error {
	if c.Subject == uuid.Nil || change.Record != nil {
		return nil
	}
	now, err := p.read(ctx, c, change.Key, 0)
	change.Match = now.Version
	return err
}

func denied(a *schema.Attribute) error {
	return fault.Plain(403, "%s: users may not change this attribute on themselves", a)
}

// changedAttribute returns the attribute if its value differs, of an extension
// the attribute in it; nil if nothing does.
func changedAttribute(a *schema.Attribute, before, after *schema.Object) *schema.Attribute {
	from, to := before.Get(a), after.Get(a)
	if a.Computed != schema.Stored || schema.Equal(from, to) {
		return nil
	}
	if a.Extension {
		fromObject, _ := from.(*schema.Object)
		toObject, _ := to.(*schema.Object)
		for _, sub := range a.Sub {
			if !schema.Equal(fromObject.Get(sub), toObject.Get(sub)) {
				return sub
			}
		}
	}
	return a
}

// withHidden puts back what a whole resource as it was read does not show, so
// that sending it back is no change: values that are returned never or on
// request.
func withHidden(t *schema.ResourceType, before, object *schema.Object) *schema.Object {
	kept := keepHidden(t.Attributes(), before, object.Clone())
	for _, a := range t.Attributes() {
		if a.Extension {
			from, _ := before.Get(a).(*schema.Object)
			to, _ := kept.Get(a).(*schema.Object)
			kept.Set(a, keepHidden(a.Sub, from, to))
		}
	}
	return kept
}

// keepHidden copies hidden values that are missing into an object, and makes
// the object where there is none.
func keepHidden(attributes []*schema.Attribute, from, to *schema.Object) *schema.Object {
	for _, a := range attributes {
		hidden := a.Returned == schema.Never || a.Returned == schema.OnRequest
		if !hidden || from.Get(a) == nil || to.Get(a) != nil {
			continue
		}
		if to == nil {
			to = &schema.Object{}
		}
		to.Set(a, from.Get(a))
	}
	return to
}
