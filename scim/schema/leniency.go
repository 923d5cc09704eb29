package schema

// Leniency carries through one request which normalisations are allowed and
// what is demanded beyond the RFC, and collects the normalisations that were
// applied. The zero value is the RFC to the letter.
type Leniency struct {
	Allowed, Applied Normalisation
	Demanded         Demand
}

// Use reports whether a normalisation is allowed and, if so, notes its use.
func (l *Leniency) Use(n Normalisation) bool {
	if l.Allowed&n == 0 {
		return false
	}
	l.Applied |= n
	return true
}

// Fork returns a leniency that decides alike and has applied nothing, for a
// part of the request that is read at the same time as others: a leniency is
// not safe for concurrent use. Join brings back what the part needed.
func (l *Leniency) Fork() *Leniency {
	fork := *l
	fork.Applied = 0
	return &fork
}

// Join notes what a fork applied, once nobody uses the fork any more.
func (l *Leniency) Join(fork *Leniency) { l.Applied |= fork.Applied }
