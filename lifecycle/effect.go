package lifecycle

// Effect is what has to be done beside storing the facts, in the same
// transaction, or prepared in it. What follows from the change of stage by
// itself, such as that names become free, is none.
type Effect string

// The effects.
const (
	// RevokeTokens ends the tokens that act for the account.
	RevokeTokens Effect = "revoke-tokens"
	// StripMemberships takes the account's groups away.
	StripMemberships Effect = "strip-memberships"
	// SendInvite and SendPasswordReset make a link, in place of any before, and mail it.
	SendInvite        Effect = "send-invite"
	SendPasswordReset Effect = "send-reset"
	// RevokeInvite and RevokeReset make the link worthless.
	RevokeInvite Effect = "revoke-invite"
	RevokeReset  Effect = "revoke-reset"
	// WarnStale warns the owner of the account.
	WarnStale Effect = "warn-stale"
)

// EventKind is the type of an event for receivers.
type EventKind string

// The events: of RFC 9967 section 2.4, CAEP 1.0 section 3, RISC 1.0 section 2,
// and ours for every change of status that is not a lock.
const (
	EventCreate           EventKind = "prov:create"
	EventDelete           EventKind = "prov:delete"
	EventActivate         EventKind = "prov:activate"
	EventDeactivate       EventKind = "prov:deactivate"
	EventSessionRevoked   EventKind = "caep:session-revoked"
	EventCredentialChange EventKind = "caep:credential-change"
	EventAccountDisabled  EventKind = "risc:account-disabled"
	EventAccountEnabled   EventKind = "risc:account-enabled"
	EventAccountPurged    EventKind = "risc:account-purged"
	EventStatusChange     EventKind = "status:change"
)

// Event is one event with the change of status that it tells of; From and To
// are equal for those that are of no change.
type Event struct {
	Kind EventKind
	Change
}

// kinds are the events that a change of status makes.
func (c Change) kinds() []EventKind {
	switch {
	case c.From == StatusNone:
		return []EventKind{EventCreate}
	case c.To == StatusPurged:
		return []EventKind{EventAccountPurged}
	case c.locks():
		return nil
	}
	kinds := []EventKind{EventStatusChange}
	ends := c.From.Active() && !c.To.Active()
	switch {
	case c.To == StatusDeprovisioned:
		kinds = append(kinds, EventDelete)
	case c.From == StatusDeprovisioned:
		kinds = append(kinds, EventCreate)
	case ends:
		kinds = append(kinds, EventDeactivate)
	}
	switch {
	case ends:
		return append(kinds, EventSessionRevoked, EventAccountDisabled)
	case c.To.Active() && c.From != StatusDeprovisioned:
		return append(kinds, EventActivate, EventAccountEnabled)
	case c.To.Active():
		return append(kinds, EventAccountEnabled)
	}
	return kinds
}

// locks tells a lock or unlock, which is audited and no event: SCIM shows the
// account as active before and after.
func (c Change) locks() bool { return c.From.Active() && c.To.Active() }

// effects are what a change of status asks for.
func (c Change) effects() []Effect {
	if c.From.Active() && !c.To.Active() {
		return []Effect{RevokeTokens}
	}
	return nil
}
