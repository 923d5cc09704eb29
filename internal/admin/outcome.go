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

// LetterView is a letter that nobody mails: who asked for it has to hand its
// link over.
type LetterView struct {
	Kind    string    `json:"kind"`
	To      string    `json:"to"`
	Link    string    `json:"link"`
	Expires time.Time `json:"expires"`
}

// ViewOutcome renders a transition. link makes a whole link of the secret of a
// kind of letter.
func ViewOutcome(action string, dry bool, done *scim.Transition, link func(kind, secret string) string) *OutcomeView {
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
	view.Letters = ViewLetters(done.Letters, link)
	return view
}

// ViewLetters renders letters that nobody mails. link is that of ViewOutcome.
func ViewLetters(letters []scim.Letter, link func(kind, secret string) string) []LetterView {
	var views []LetterView
	for _, letter := range letters {
		views = append(views, LetterView{letter.Kind, letter.To, link(letter.Kind, letter.Secret), letter.Expires})
	}
	return views
}
