package scim

import (
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// The stored attributes of the lifecycle extension that are facts of the account
// as well.
const (
	attributeValidFrom  = "validFrom"
	attributeValidUntil = "validUntil"
	attributeAPIOnly    = "apiOnly"
	attributePurpose    = "purpose"
)

// wishes are the commands that an edit of a resource asks for. before is empty
// for a new resource.
func (c *Caller) wishes(t *schema.ResourceType, before, after *schema.Object, active *bool, now time.Time) ([]lifecycle.Command, error) {
	var commands []lifecycle.Command
	switch {
	case active == nil:
	case *active:
		commands = append(commands, lifecycle.Resume{Source: c.source()})
	default:
		commands = append(commands, lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: c.source(), By: c.source()}})
	}
	if before.Len() > 0 && emailOf(t, before) != emailOf(t, after) {
		// Who has the links that were mailed to the other address is not known.
		commands = append(commands, lifecycle.Cancel{Kind: lifecycle.TimerInvite}, lifecycle.Cancel{Kind: lifecycle.TimerReset})
	}
	if t.Lifecycle == nil {
		return commands, nil
	}
	from, to := extensionOf(t, before), extensionOf(t, after)
	if err := to.checkDates(); err != nil {
		return nil, err
	}
	if err := c.checkLifecycle(t, from, to, now); err != nil {
		return nil, err
	}
	if !from.time(attributeValidFrom).Equal(to.time(attributeValidFrom)) || !from.time(attributeValidUntil).Equal(to.time(attributeValidUntil)) {
		commands = append(commands, lifecycle.Schedule{ValidFrom: to.time(attributeValidFrom), ValidUntil: to.time(attributeValidUntil)})
	}
	switch was, is := from.flag(attributeAPIOnly), to.flag(attributeAPIOnly); {
	case is && !was:
		commands = append(commands, lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: to.text(attributePurpose)})
	case was && !is:
		commands = append(commands, lifecycle.Unmark{Mark: lifecycle.MarkAPIOnly})
	case is && to.text(attributePurpose) == "":
		return nil, fault.New(fault.InvalidValue, "%s:%s is required of an account that is apiOnly", t.Lifecycle, attributePurpose)
	}
	return commands, nil
}

// checkLifecycle refuses what a caller may not change of the lifecycle
// extension: it belongs to the administrators, and a client may set what it
// knows of and not clear it.
func (c *Caller) checkLifecycle(t *schema.ResourceType, from, to extension, now time.Time) error {
	if c.MayLifecycle {
		return nil
	}
	for _, sub := range t.Lifecycle.Sub {
		was, is := from.object.Get(sub), to.object.Get(sub)
		switch {
		case sub.Name == attributeAPIOnly && from.flag(sub.Name) == to.flag(sub.Name), schema.Equal(was, is):
		case sub.Name == attributeAPIOnly, is == nil, widens(sub.Name, from, to, now):
			return fault.Plain(403, "%s: to clear it, to lift a bound that is in effect, and to change %s, a token needs the scope lifecycle:write", sub, attributeAPIOnly)
		}
	}
	return nil
}

// widens reports whether a change of a date lets somebody in whom that date keeps
// out now.
func widens(name string, from, to extension, now time.Time) bool {
	was, is := from.time(name), to.time(name)
	switch {
	case was.IsZero():
		return false
	case name == attributeValidUntil:
		return !now.Before(was) && is.After(was)
	case name == attributeValidFrom:
		return now.Before(was) && is.Before(was)
	}
	return false
}

// keepAdministered copies what a whole resource leaves out of the lifecycle
// extension from the resource that it replaces: it is the administrators', and
// clearing it takes an explicit null.
func keepAdministered(t *schema.ResourceType, before, object *schema.Object) *schema.Object {
	if t.Lifecycle == nil {
		return object
	}
	was := extensionOf(t, before)
	if was.object == nil {
		return object
	}
	next := object.Clone()
	kept, _ := next.Get(t.Lifecycle).(*schema.Object)
	if kept == nil {
		kept = &schema.Object{}
	}
	for a, v := range was.object.All() {
		if kept.Get(a) == nil && !object.Unassigned(a) {
			kept.Set(a, v)
		}
	}
	next.Set(t.Lifecycle, kept)
	return next
}

// extension reads stored attributes of the lifecycle extension of an object.
type extension struct {
	of     *schema.Attribute
	object *schema.Object
}

func extensionOf(t *schema.ResourceType, object *schema.Object) extension {
	found, _ := object.Get(t.Lifecycle).(*schema.Object)
	return extension{t.Lifecycle, found}
}

func (e extension) get(name string) schema.Value {
	sub, ok := e.of.Lookup(name)
	if !ok {
		return nil
	}
	return e.object.Get(sub)
}

func (e extension) text(name string) string {
	text, _ := e.get(name).(string)
	return text
}

func (e extension) flag(name string) bool { return e.get(name) == true }

// The years that dates of accounts lie in.
const (
	firstYear = 1970
	lastYear  = 9998
)

// checkDates refuses what some clients send for no date, such as the year 1, and
// what nobody lives to see.
func (e extension) checkDates() error {
	for _, name := range []string{attributeValidFrom, attributeValidUntil} {
		if e.text(name) == "" {
			continue
		}
		if year := e.time(name).Year(); year < firstYear || year > lastYear {
			return fault.New(fault.InvalidValue, "%s: the year has to be between %d and %d", name, firstYear, lastYear)
		}
	}
	return nil
}

// time is an instant with the precision of the store; zero where it has no
// value.
func (e extension) time(name string) time.Time {
	at, err := schema.ParseTime(e.text(name))
	if err != nil {
		return time.Time{} // it was checked when it was read
	}
	return at.UTC().Truncate(time.Microsecond)
}

// mirror writes into an object what facts say of the attributes of the lifecycle
// extension that are facts of the account.
func mirror(t *schema.ResourceType, object *schema.Object, facts lifecycle.Facts) *schema.Object {
	if t.Lifecycle == nil {
		return object
	}
	was := extensionOf(t, object)
	same := was.time(attributeValidFrom).Equal(facts.ValidFrom) && was.time(attributeValidUntil).Equal(facts.ValidUntil) &&
		was.flag(attributeAPIOnly) == facts.APIOnly
	if same {
		return object
	}
	next := object.Clone()
	into, _ := next.Get(t.Lifecycle).(*schema.Object)
	if into == nil {
		into = &schema.Object{}
	}
	set := func(name string, v schema.Value) {
		if sub, ok := t.Lifecycle.Lookup(name); ok {
			into.Set(sub, v)
		}
	}
	set(attributeValidFrom, instantValue(facts.ValidFrom))
	set(attributeValidUntil, instantValue(facts.ValidUntil))
	if facts.APIOnly {
		set(attributeAPIOnly, true)
	} else {
		set(attributeAPIOnly, nil)
	}
	next.Set(t.Lifecycle, into)
	return next
}

func instantValue(at time.Time) schema.Value {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format(time.RFC3339Nano)
}
