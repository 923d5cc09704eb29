package lifecycle

func (c Suspend) apply(h *hearing) {
	added := c.Suspension
	if added.Since.IsZero() {
		added.Since = h.now
	}
	if own, found := h.facts.suspensionOf(added.Source, h.now); found {
		added.Since = own.Since // it goes on, with other words or another end
	}
	h.facts.put(added)
}

func (c Resume) apply(h *hearing) {
	h.facts.lift(c.Source)
	if h.facts.Stage == Staged {
		h.facts.Stage = Enrolled
	}
	if c.Source != Administrators && h.status() == StatusSuspended && !h.facts.drifts(c.Source) {
		h.facts.Drifts = append(h.facts.Drifts, Drift{c.Source, h.now})
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

func (c Override) apply(h *hearing) {
	if c.Source == "" {
		h.facts.Suspensions = nil
	}
	h.facts.lift(c.Source)
}

func (c TakeOver) apply(h *hearing) {
	taken, _ := h.facts.suspensionOf(c.Source, h.now)
	h.facts.lift(c.Source)
	if own, found := h.facts.suspensionOf(Administrators, h.now); found {
		// What the administrators have already must not end sooner by it.
		if own.Until.IsZero() || !taken.Until.IsZero() && own.Until.After(taken.Until) {
			taken.Until = own.Until
		}
		if own.Since.Before(taken.Since) {
			taken.Since = own.Since
		}
	}
	taken.Source, taken.By, taken.Reason = Administrators, c.By, c.Reason
	h.facts.put(taken)
}
