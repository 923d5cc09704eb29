package admin

import (
	"time"

	"rollcall/lifecycle"
	"rollcall/scim"
)

// AccountView is all that there is to say of an account, as scripts see it.
type AccountView struct {
	ID          string `json:"id"`
	UserName    string `json:"userName,omitzero"`
	DisplayName string `json:"displayName,omitzero"`
	Version     int64  `json:"version,omitzero"`
	// Status is the one word, Cause the one reason, Explanation both in a
	// sentence.
	Status        string    `json:"status"`
	Cause         string    `json:"cause,omitzero"`
	Explanation   string    `json:"explanation"`
	Active        bool      `json:"active"`
	StatusChanged time.Time `json:"statusChanged,omitzero"`
	StatusUntil   time.Time `json:"statusUntil,omitzero"`
	Stale         bool      `json:"stale"`

	Source       string `json:"source,omitzero"`
	SourceClient string `json:"sourceClient,omitzero"`

	LastLogin    time.Time `json:"lastLogin,omitzero"`
	LastTokenUse time.Time `json:"lastTokenUse,omitzero"`
	FailedLogins int       `json:"failedLogins"`

	Facts       FactsView        `json:"facts"`
	Suspensions []SuspensionView `json:"suspensions"`
	Drifts      []DriftView      `json:"drifts,omitzero"`
	Timers      []TimerView      `json:"timers"`
	Allowed     []string         `json:"allowed"`
	Groups      []GroupView      `json:"groups"`

	Deprovisioned *DeprovisionedView `json:"deprovisioned,omitzero"`
}

// FactsView are the facts beside suspensions.
type FactsView struct {
	Stage         string    `json:"stage"`
	Was           string    `json:"was,omitzero"`
	PendingOn     string    `json:"pendingOn,omitzero"`
	ValidFrom     time.Time `json:"validFrom,omitzero"`
	ValidUntil    time.Time `json:"validUntil,omitzero"`
	InviteExpires time.Time `json:"inviteExpires,omitzero"`
	ResetExpires  time.Time `json:"resetExpires,omitzero"`
	LockedAt      time.Time `json:"lockedAt,omitzero"`
	LockedUntil   time.Time `json:"lockedUntil,omitzero"`
	LockedBy      string    `json:"lockedBy,omitzero"`
	APIOnly       bool      `json:"apiOnly"`
	BreakGlass    bool      `json:"breakGlass"`
	LegalHold     bool      `json:"legalHold"`
}

// SuspensionView is a suspension with the name of its source.
type SuspensionView struct {
	Source     string    `json:"source"`
	SourceName string    `json:"sourceName"`
	By         string    `json:"by,omitzero"`
	Reason     string    `json:"reason,omitzero"`
	Since      time.Time `json:"since"`
	Until      time.Time `json:"until,omitzero"`
	// RevisedBy is who gave it the words and the end that it has, and Revised when;
	// empty and zero where that is By.
	RevisedBy string    `json:"revisedBy,omitzero"`
	Revised   time.Time `json:"revised,omitzero"`
}

// DriftView is a source whose wish for an active account is overruled.
type DriftView struct {
	Source     string    `json:"source"`
	SourceName string    `json:"sourceName"`
	Since      time.Time `json:"since"`
}

// TimerView is what will happen by itself.
type TimerView struct {
	Kind string    `json:"kind"`
	Due  time.Time `json:"due"`
}

// GroupView is a group that an account is in.
type GroupView struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	DisplayName string `json:"displayName,omitzero"`
	Direct      bool   `json:"direct"`
}

// DeprovisionedView is what there is to say of a deprovisioned account.
type DeprovisionedView struct {
	At         time.Time `json:"at"`
	PurgeAfter time.Time `json:"purgeAfter,omitzero"`
	Held       bool      `json:"held"`
}

// ViewAccount words an explanation.
func ViewAccount(e *scim.Explanation, sources Sources) *AccountView {
	f := &e.Facts
	view := &AccountView{
		ID: e.ID, UserName: e.UserName, DisplayName: e.DisplayName, Version: e.Version,
		Status: string(e.Standing.Status), Cause: string(e.Standing.Cause), Explanation: Words(e, sources), Active: e.Standing.Status.Active(),
		StatusChanged: e.ChangedAt, StatusUntil: e.Standing.Until, Stale: e.Stale, Source: e.Source, SourceClient: e.SourceClient,
		LastLogin: f.Activity.LastLogin, LastTokenUse: f.Activity.LastTokenUse, FailedLogins: f.Attempts.Failed,
		Facts:       viewFacts(f),
		Suspensions: []SuspensionView{}, Timers: ViewTimers(e.Timers), Allowed: Allowed(e), Groups: []GroupView{},
	}
	for _, s := range f.Suspensions {
		if s.Live(e.At) {
			view.Suspensions = append(view.Suspensions, SuspensionView{s.Source, sources.Name(s.Source), s.By, s.Reason, s.Since, s.Until, s.RevisedBy, s.Revised})
		}
	}
	for _, d := range f.Drifts {
		view.Drifts = append(view.Drifts, DriftView{d.Source, sources.Name(d.Source), d.Since})
	}
	for i := range e.Groups {
		g := &e.Groups[i]
		view.Groups = append(view.Groups, GroupView{g.ID.String(), g.Type, g.Label, g.Direct})
	}
	if !e.DeletedAt.IsZero() {
		view.Deprovisioned = &DeprovisionedView{e.DeletedAt, f.PurgeAfter, f.Held}
	}
	return view
}

func viewFacts(f *lifecycle.Facts) FactsView {
	return FactsView{
		Stage: string(f.Stage), Was: string(f.Was), PendingOn: string(f.PendingOn), ValidFrom: f.ValidFrom, ValidUntil: f.ValidUntil,
		InviteExpires: f.InviteExpires, ResetExpires: f.ResetExpires,
		LockedAt: f.Lockout.At, LockedUntil: f.Lockout.Until, LockedBy: f.Lockout.By,
		APIOnly: f.APIOnly, BreakGlass: f.BreakGlass, LegalHold: f.LegalHold,
	}
}

// ViewTimers lists timers, soonest first.
func ViewTimers(timers []lifecycle.Timer) []TimerView {
	views := []TimerView{}
	for _, timer := range timers {
		views = append(views, TimerView{string(timer.Kind), timer.Due})
	}
	return views
}
