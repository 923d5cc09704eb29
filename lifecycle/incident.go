package lifecycle

import (
	"slices"
	"time"
)

const (
	// mostIncidents is how many incidents wait for an administrator: of more, the
	// oldest is forgotten.
	mostIncidents = 10
	// leeway is how long before it is counted a removal may have been decided, and
	// how long after it may be decided again because another change was faster.
	leeway = time.Minute
)

// IncidentState is what became of an incident.
type IncidentState string

// The states of an incident.
const (
	// IncidentOpen waits for an administrator.
	IncidentOpen IncidentState = "open"
	// IncidentReleased was meant, IncidentRestored was not and is taken back.
	IncidentReleased IncidentState = "released"
	IncidentRestored IncidentState = "restored"
)

// Incident is a time in which more was removed than the guard lets pass. What was
// suspended in it is found by its times: the list of accounts is not kept.
type Incident struct {
	// Since is from when on removals belong to it: all that counted when it began,
	// and none on which an administrator had decided.
	Since time.Time `json:"since"`
	// Began and Until are the times of the first and the last removal beyond the
	// limit. Those that were refused move Until no further.
	Began time.Time `json:"began"`
	Until time.Time `json:"until"`
	// Removals is how many were done or held since Since, Limit what it was when
	// the incident began.
	Removals int `json:"removals"`
	Limit    int `json:"limit"`
	// Living is how many users the limit was a share of then, and Percent what share;
	// zero where that was not kept yet.
	Living  int `json:"living,omitzero"`
	Percent int `json:"percent,omitzero"`
	// Decided is when an administrator decided, zero while it is open. ByKind and ByID
	// are who; empty where that was not kept yet.
	Decided time.Time     `json:"decided,omitzero"`
	ByKind  string        `json:"byKind,omitzero"`
	ByID    string        `json:"byID,omitzero"`
	State   IncidentState `json:"state"`
}

// Claim is a decision that an administrator has begun to carry out: IncidentReleased
// or IncidentRestored. Until it is done whole there is no other one.
type Claim struct {
	State  IncidentState `json:"state"`
	ByKind string        `json:"byKind"`
	ByID   string        `json:"byID"`
	At     time.Time     `json:"at"`
}

// Claim notes that a decision begins. One that was begun stays as it is: who asks
// has seen that it is the same.
func (t Tally) Claim(by Claim) Tally {
	if t.Claimed == nil {
		t.Claimed = &by
	}
	return t
}

// Covers reports whether what began at a time belongs to the incident.
func (i Incident) Covers(at time.Time) bool {
	return !at.Before(i.Since) && !at.After(i.Until.Add(leeway))
}

// Notice notes what a verdict on n removals means for incidents. It reports
// whether one begins, of which somebody is to be told; none does while an
// administrator lets nothing pass. One that nobody has decided on goes on while
// the next removal beyond the limit comes within the window.
func (g MassGuard) Notice(t Tally, v Verdict, n int, now time.Time) (began bool, noticed Tally) {
	if v.Action == GuardOff || t.BlockedUntil.After(now) {
		return false, t
	}
	if last := t.Incident(); last != nil && last.State == IncidentOpen && now.Before(last.Until.Add(g.Window)) {
		if v.Action == GuardReject {
			return false, t
		}
		t.Incidents = slices.Clone(t.Incidents)
		last = t.Incident()
		last.Until, last.Removals = now, last.Removals+n
		return false, t
	}
	next := Incident{Since: t.since(now), Began: now, Until: now, Removals: v.Removals, Limit: v.Limit, Living: v.Living, Percent: g.Percent, State: IncidentOpen}
	t.Incidents = append(t.Open(), next)
	t.Incidents = t.Incidents[max(0, len(t.Incidents)-mostIncidents):]
	return true, t
}

// Incident is the last one, nil where there was none.
func (t *Tally) Incident() *Incident {
	if len(t.Incidents) == 0 {
		return nil
	}
	return &t.Incidents[len(t.Incidents)-1]
}

// Open are the incidents on which nobody has decided.
func (t Tally) Open() []Incident {
	return slices.DeleteFunc(slices.Clone(t.Incidents), func(i Incident) bool { return i.State != IncidentOpen })
}

// Decide notes what an administrator decided on open incidents. One that went on
// after a time stays open: nobody has looked at the rest of it. Of those that are
// decided the last is kept, to be shown. A decision that was claimed is done.
func (t Tally) Decide(state IncidentState, upTo, now time.Time) Tally {
	t.Incidents = slices.Clone(t.Incidents)
	for i := range t.Incidents {
		if one := &t.Incidents[i]; one.State == IncidentOpen && !one.Until.After(upTo) {
			one.State, one.Decided = state, now
			if t.Claimed != nil {
				one.ByKind, one.ByID = t.Claimed.ByKind, t.Claimed.ByID
			}
			t.Settled = now
		}
	}
	t.Claimed = nil
	last := len(t.Incidents) - 1
	for i := last - 1; i >= 0; i-- {
		if t.Incidents[i].State != IncidentOpen {
			t.Incidents = slices.Delete(t.Incidents, i, i+1)
		}
	}
	return t
}

// since is from when on removals count now that belong to an incident which
// begins.
func (t Tally) since(now time.Time) time.Time {
	since := now
	for _, count := range t.Counts {
		if count.Start.Before(since) {
			since = count.Start
		}
	}
	return later(since.Add(-leeway), t.Settled)
}
