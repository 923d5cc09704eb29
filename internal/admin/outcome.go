package admin

import (
	"time"

	"rollcall/scim"
)

// OutcomeView is what became of an action, or would, as scripts see it.
type OutcomeView struct {
	ID     string `json:"id"`
	Action string `json:"action"`
	DryRun bool   `json:"dryRun,omitzero"`
	// Changed is false where there was nothing to do.
	Changed bool   `json:"changed"`
	From    string `json:"from"`
	To      string `json:"to"`
	Version int64  `json:"version,omitzero"`
	// Renamed is the new userName of a restored user whose name is taken, Lost
	// are groups that it was in and that are gone.
	Renamed string   `json:"renamed,omitzero"`
	Lost    []string `json:"lost,omitzero"`

	Events  []string     `json:"events"`
	Effects []string     `json:"effects"`
	Timers  []TimerView  `json:"timers"`
	Letters []LetterView `json:"letters,omitzero"`
}

// LetterView is a letter that nobody mails: who asked for it has to hand over
// what its link carries.
type LetterView struct {
	Kind    string    `json:"kind"`
	To      string    `json:"to"`
	Secret  string    `json:"secret"`
	Expires time.Time `json:"expires"`
}

// ViewOutcome renders a transition.
func ViewOutcome(action string, dry bool, done *scim.Transition) *OutcomeView {
	view := &OutcomeView{
		ID: done.ID, Action: action, DryRun: dry, Changed: done.Changed, From: string(done.From), To: string(done.To), Version: done.Version,
		Renamed: done.Renamed, Lost: done.Lost, Events: []string{}, Effects: []string{}, Timers: ViewTimers(done.Timers),
	}
	for _, event := range done.Events {
		view.Events = append(view.Events, string(event))
	}
	for _, effect := range done.Effects {
		view.Effects = append(view.Effects, string(effect))
	}
	for _, letter := range done.Letters {
		view.Letters = append(view.Letters, LetterView{letter.Kind, letter.To, letter.Secret, letter.Expires})
	}
	return view
}
