package scim

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"rollcall/lifecycle"
	"rollcall/store"
)

// accountState is the stored form of the facts that no column holds. Times are
// left out where they are zero.
type accountState struct {
	Stage     lifecycle.Stage `json:"stage"`
	Was       lifecycle.Stage `json:"was,omitzero"`
	PendingOn lifecycle.Wait  `json:"pendingOn,omitzero"`

	ValidFrom     time.Time `json:"validFrom,omitzero"`
	ValidUntil    time.Time `json:"validUntil,omitzero"`
	InviteExpires time.Time `json:"inviteExpires,omitzero"`
	ResetExpires  time.Time `json:"resetExpires,omitzero"`
	PurgeAfter    time.Time `json:"purgeAfter,omitzero"`
	Renewed       time.Time `json:"renewed,omitzero"`
	StaleTold     time.Time `json:"staleTold,omitzero"`
	Settled       time.Time `json:"settled,omitzero"`

	Suspensions []lifecycle.Suspension `json:"suspensions,omitempty"`
	Drifts      []lifecycle.Drift      `json:"drifts,omitempty"`
	Lockout     *lockoutState          `json:"lockout,omitempty"`

	APIOnly    bool `json:"apiOnly,omitzero"`
	BreakGlass bool `json:"breakGlass,omitzero"`
	LegalHold  bool `json:"legalHold,omitzero"`
	Held       bool `json:"held,omitzero"`

	Roles map[string]string `json:"roles,omitempty"`
}

type lockoutState struct {
	At     time.Time `json:"at"`
	Until  time.Time `json:"until,omitzero"`
	By     string    `json:"by,omitzero"`
	Reason string    `json:"reason,omitzero"`
}

// useState is the stored form of what is counted of sign-ins.
type useState struct {
	Last   time.Time   `json:"last,omitzero"`
	Recent []time.Time `json:"recent,omitempty"`
	Locks  int         `json:"locks,omitzero"`
}

// storeFacts renders lifecycle facts as columns. What the store keeps of the
// origin of an account is taken from kept.
func storeFacts(facts lifecycle.Facts, policy lifecycle.Policy, kept store.Facts) (store.Facts, error) {
	out := store.Facts{
		Revision: kept.Revision, Source: kept.Source, SourceClient: kept.SourceClient,
		ValidFrom: facts.ValidFrom, ValidUntil: facts.ValidUntil,
		LockedUntil: facts.Lockout.Until, InviteExpires: facts.InviteExpires, APIOnly: facts.APIOnly,
	}
	if state := stateOf(facts); !state.ordinary() {
		var err error
		if out.State, err = json.Marshal(state, json.Deterministic(true)); err != nil {
			return store.Facts{}, fmt.Errorf("render lifecycle facts: %w", err)
		}
	}
	for i, period := range facts.Outlook() {
		if i == 0 {
			out.Status, out.Reason, out.StatusChanged = string(period.Status), string(period.Cause), period.Changed
			continue
		}
		out.Later = append(out.Later, store.Period{At: period.From, Status: string(period.Status), Reason: string(period.Cause), Changed: period.Changed})
	}
	if out.StatusChanged.Equal(facts.Activity.Created) {
		out.StatusChanged = time.Time{}
	}
	until, open := facts.SuspendedUntil(facts.Settled)
	if out.SuspendedUntil = until; open {
		out.SuspendedUntil = store.Forever
	}
	from, never := facts.IdleFrom()
	switch {
	case never:
		out.IdleFrom = store.Forever
	case !from.Equal(facts.Activity.Created):
		out.IdleFrom = from
	}
	out.IdleTold = facts.Activity.StaleTold
	if timers := facts.Timers(policy); len(timers) > 0 && facts.Stage != lifecycle.Deprovisioned {
		out.Due = timers[0].Due
	}
	return out, nil
}

func stateOf(f lifecycle.Facts) accountState {
	state := accountState{
		Stage: f.Stage, Was: f.Was, PendingOn: f.PendingOn,
		ValidFrom: f.ValidFrom, ValidUntil: f.ValidUntil, InviteExpires: f.InviteExpires, ResetExpires: f.ResetExpires,
		PurgeAfter: f.PurgeAfter, Renewed: f.Activity.Renewed, StaleTold: f.Activity.StaleTold, Settled: f.Settled,
		Suspensions: f.Suspensions, Drifts: f.Drifts,
		APIOnly: f.APIOnly, BreakGlass: f.BreakGlass, LegalHold: f.LegalHold, Held: f.Held, Roles: f.Roles,
	}
	if l := f.Lockout; !l.At.IsZero() {
		state.Lockout = &lockoutState{l.At, l.Until, l.By, l.Reason}
	}
	return state
}

// ordinary is the state of most accounts, which is not stored. What has been
// settled is no part of it: where nothing lies ahead of an account or behind it,
// there is nothing that could be told twice.
func (s accountState) ordinary() bool {
	return s.Stage == lifecycle.Enrolled && s.Was == "" && s.PendingOn == "" &&
		s.ValidFrom.IsZero() && s.ValidUntil.IsZero() && s.InviteExpires.IsZero() && s.ResetExpires.IsZero() &&
		s.PurgeAfter.IsZero() && s.Renewed.IsZero() && s.StaleTold.IsZero() &&
		len(s.Suspensions) == 0 && len(s.Drifts) == 0 && s.Lockout == nil &&
		!s.APIOnly && !s.BreakGlass && !s.LegalHold && !s.Held && len(s.Roles) == 0
}

// loadFacts reads the facts of a record that was read with its activity.
func loadFacts(record *store.Record) (lifecycle.Facts, error) {
	facts := lifecycle.Facts{Stage: lifecycle.Enrolled, Changed: record.Facts.StatusChanged}
	if facts.Changed.IsZero() {
		facts.Changed = record.Created
	}
	if state := record.Facts.State; state != nil {
		var read accountState
		if err := json.Unmarshal(state, &read); err != nil {
			return facts, fmt.Errorf("read lifecycle facts of %s: %w", record.ID, err)
		}
		read.into(&facts)
	}
	facts.Activity.Created = record.Created
	facts.Activity.LastLogin, facts.Activity.LastTokenUse = record.Activity.LastLogin, record.Activity.LastTokenUse
	facts.Attempts.Failed = record.Activity.Failed
	if state := record.Activity.State; state != nil {
		var read useState
		if err := json.Unmarshal(state, &read); err != nil {
			return facts, fmt.Errorf("read sign-in counts of %s: %w", record.ID, err)
		}
		facts.Attempts.Last, facts.Attempts.Recent, facts.Attempts.Locks = read.Last, read.Recent, read.Locks
	}
	return facts, nil
}

// EncodeFacts renders the facts of a Transition for somebody who keeps them in
// order to undo it. Sign-ins are no part of that.
func EncodeFacts(facts lifecycle.Facts) ([]byte, error) {
	text, err := json.Marshal(stateOf(facts), json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("render lifecycle facts: %w", err)
	}
	return text, nil
}

// DecodeFacts reads what EncodeFacts has rendered.
func DecodeFacts(text []byte) (lifecycle.Facts, error) {
	var facts lifecycle.Facts
	var read accountState
	if err := json.Unmarshal(text, &read); err != nil {
		return facts, fmt.Errorf("read lifecycle facts: %w", err)
	}
	read.into(&facts)
	return facts, nil
}

func (s accountState) into(f *lifecycle.Facts) {
	f.Stage, f.Was, f.PendingOn = s.Stage, s.Was, s.PendingOn
	f.ValidFrom, f.ValidUntil = s.ValidFrom, s.ValidUntil
	f.InviteExpires, f.ResetExpires, f.PurgeAfter = s.InviteExpires, s.ResetExpires, s.PurgeAfter
	f.Activity.Renewed, f.Activity.StaleTold, f.Settled = s.Renewed, s.StaleTold, s.Settled
	f.Suspensions, f.Drifts = s.Suspensions, s.Drifts
	f.APIOnly, f.BreakGlass, f.LegalHold, f.Held = s.APIOnly, s.BreakGlass, s.LegalHold, s.Held
	f.Roles = s.Roles
	if l := s.Lockout; l != nil {
		f.Lockout = lifecycle.Lockout{At: l.At, Until: l.Until, By: l.By, Reason: l.Reason}
	}
}

// storeActivity renders what is kept of sign-ins; nil where it is as it was.
func storeActivity(before, after lifecycle.Facts, stored store.Activity) (*store.Activity, error) {
	a, b := useOf(before), useOf(after)
	was, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("render sign-in counts: %w", err)
	}
	is, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("render sign-in counts: %w", err)
	}
	if string(was) == string(is) && before.Attempts.Failed == after.Attempts.Failed &&
		before.Activity.LastLogin.Equal(after.Activity.LastLogin) && before.Activity.LastTokenUse.Equal(after.Activity.LastTokenUse) {
		return nil, nil //nolint:nilnil // no change is an answer, not a failure
	}
	next := store.Activity{
		Revision: stored.Revision, LastLogin: after.Activity.LastLogin, LastTokenUse: after.Activity.LastTokenUse, Failed: after.Attempts.Failed,
	}
	if string(is) != "{}" {
		next.State = is
	}
	return &next, nil
}

func useOf(f lifecycle.Facts) useState {
	return useState{Last: f.Attempts.Last, Recent: f.Attempts.Recent, Locks: f.Attempts.Locks}
}

// activeAt is the stored form of lifecycle.Facts.Active: it spares the hot
// path the decoding of facts.
func activeAt(facts *store.Facts, now time.Time) bool {
	return lifecycle.Status(facts.Standing(now).Status).Active()
}
