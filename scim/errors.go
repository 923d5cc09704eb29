package scim

import (
	"errors"
	"strings"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// notFound does not repeat an id that is not one: it may be anything.
func notFound(t *schema.ResourceType, id string) error {
	return fault.NotFound("%s %q does not exist", t.Name, fault.Clip(id))
}

// refusal turns a sentinel of the store into what a client is told. Faults
// pass, and so does what no client caused.
func refusal(err error, t *schema.ResourceType, id string) error {
	var unique *store.UniquenessError
	var member *store.MemberError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return notFound(t, id)
	case errors.Is(err, store.ErrVersion):
		return fault.Plain(412, "%s %q was changed; its version is no longer the one of If-Match", t.Name, id)
	case errors.As(err, &unique):
		name := unique.Attribute
		if name == store.NameAttribute && t.Naming != nil {
			name = t.Naming.Name
		}
		return fault.New(fault.Uniqueness, "%s: another %s has this value", name, t.Name)
	case errors.Is(err, store.ErrUniqueness):
		return fault.New(fault.Uniqueness, "another %s has a value that must be unique", t.Name)
	case errors.As(err, &member) && len(member.IDs) > 0:
		return fault.New(fault.InvalidValue, "members: no %s has the id %s", memberNames(t), member.IDs[0])
	case errors.Is(err, store.ErrNoMember):
		return fault.New(fault.InvalidValue, "members: a member does not exist")
	case errors.Is(err, store.ErrTooMany):
		return fault.New(fault.TooMany, "the query matches more than the server is willing to work through; narrow the filter, or sort by id, %s, displayName, externalId, meta.created or meta.lastModified", namingOf(t))
	case errors.Is(err, store.ErrInvalid):
		return fault.New(fault.InvalidValue, "a value cannot be stored: it contains NUL, is not UTF-8, or is too long for a key")
	case errors.Is(err, store.ErrUnavailable):
		return errors.Join(fault.Plain(503, "the database cannot be reached at the moment; nothing was changed that was not acknowledged"), err)
	}
	return err
}

// memberNames says what a member may be.
func memberNames(t *schema.ResourceType) string {
	if t == nil || t.MemberTypes == nil {
		return "resource"
	}
	return strings.Join(t.MemberTypes, " or ")
}

func namingOf(t *schema.ResourceType) string {
	if t == nil || t.Naming == nil {
		return "userName"
	}
	return t.Naming.Name
}
