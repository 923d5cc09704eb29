package lifecycle

func (c Suspend) apply(d *decider) {
	added := c.Suspension
	if added.Since.IsZero() {
		added.Since = d.now
	}
	if own, found := d.facts.suspensionOf(added.Source, d.now); found {
		// It goes on, with other words or another end.
		added.RevisedBy, added.Revised = added.By, d.now
		added.By, added.Since = own.By, own.Since
	}
	d.facts.put(added)
}

func (c Resume) apply(d *decider) {
	d.facts.lift(c.Source)
	if d.facts.Stage == Staged {
		d.facts.Stage = Enrolled
	}
	if c.Source != Administrators && d.status() == StatusSuspended && !d.facts.drifts(c.Source) {
		d.facts.Drifts = append(d.facts.Drifts, Drift{c.Source, d.now})
	}
}

func (f Facts) drifts(source string) bool {
	for _, d := range f.Drifts {
		if d.Source == source {
			return true
		}
	}
	return false
}

func (c Override) apply(d *decider) {
	if c.Source == "" {
		d.facts.Suspensions = nil
	}
	d.facts.lift(c.Source)
}

func (c TakeOver) apply(d *decider) {
	taken, _ := d.facts.suspensionOf(c.Source, d.now)
	d.facts.lift(c.Source)
	if own, found := d.facts.suspensionOf(Administrators, d.now); found {
		// What the administrators have already must not end sooner by it.
		if own.Until.IsZero() || !taken.Until.IsZero() && own.Until.After(taken.Until) {
			taken.Until = own.Until
		}
		if own.Since.Before(taken.Since) {
			taken.Since = own.Since
		}
	}
	taken.Source, taken.By, taken.Reason = Administrators, c.By, c.Reason
	d.facts.put(taken)
}
