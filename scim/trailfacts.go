package scim

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/lifecycle"
)

// transition renders what a decision changed for the audit trail, where nothing
// else is to be said of it but that there is another password.
func (b trail) transition(facts lifecycle.Facts, decision *lifecycle.Decision, password bool) []byte {
	d := newDifferences()
	if password && b.t.Password != nil {
		d.row(b.t.Password.Name, nil, nil)
	}
	d.decided(facts, decision)
	return d.close()
}

// decided adds what a decision made of an account, for every row that tells of
// one: the change of status, each fact as before and after, and the changes of
// status in their order where there is more than one. before are the facts that
// the decision was made on. No decision adds nothing.
//
// The facts of an ordinary account are not stored (decision 0045), and what is
// made as one names none.
func (d *differences) decided(before lifecycle.Facts, decision *lifecycle.Decision) {
	if decision == nil {
		return
	}
	if from, to, moved := statuses(decision); moved {
		d.row("status", string(from), string(to))
	}
	if before.Stage != lifecycle.Absent || !stateOf(decision.Facts).ordinary() {
		d.facts(factsByName(before), factsByName(decision.Facts))
	}
	if len(decision.Changes) > 1 {
		d.timeline(decision.Changes)
	}
}

// statuses are those around all that a decision tells, the clock's doings
// included.
func statuses(decision *lifecycle.Decision) (from, to lifecycle.Status, moved bool) {
	from, to = decision.From, decision.To
	if len(decision.Changes) > 0 {
		from = decision.Changes[0].From
	}
	return from, to, from != to || len(decision.Changes) > 0
}

// factNames are facts that a row does not call as they are stored: the resource
// has an attribute of that name, which the same row may name.
var factNames = map[string]string{"roles": "roleSources"}

// facts lists those that differ. When the clock was last heard is none by itself.
func (d *differences) facts(before, after map[string]jsontext.Value) {
	names := make([]string, 0, len(before)+len(after))
	for name := range before {
		names = append(names, name)
	}
	for name := range after {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name == "settled" || string(before[name]) == string(after[name]) {
			continue
		}
		called, other := factNames[name]
		if !other {
			called = name
		}
		out := append(appendName(d.out, called), '[')
		out = appendValueOrNull(out, before[name])
		out = appendValueOrNull(append(out, ','), after[name])
		d.out = append(out, ']')
	}
}

func (d *differences) timeline(changes []lifecycle.Change) {
	out := append(appendName(d.out, "timeline"), "[null,["...)
	for i, change := range changes {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '{')
		out = appendInstant(out, "at", change.At)
		out = appendWord(out, "from", string(change.From))
		out = appendWord(out, "to", string(change.To))
		out = append(appendWord(out, "trigger", string(change.Trigger)), '}')
	}
	d.out = append(out, "]]"...)
}

func appendValueOrNull(out []byte, v jsontext.Value) []byte {
	if v == nil {
		return append(out, "null"...)
	}
	return append(out, v...)
}

// factsByName are the facts in the form in which they are stored; none of what
// is no account.
func factsByName(f lifecycle.Facts) map[string]jsontext.Value {
	out := map[string]jsontext.Value{}
	if f.Stage == lifecycle.Absent {
		return out
	}
	text, err := json.Marshal(stateOf(f), json.Deterministic(true))
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic("facts are plain data: " + err.Error())
	}
	return out
}
