package scim

import (
	"context"
	"slices"
	"sync"

	"rollcall/store"
)

// line is who waits together for a turn, first come first served: the checks of
// a tenant, and the passwords that are written in it. Lines take turns, so that
// a tenant in which much is asked for holds up none but itself, and its checks
// none of its writes.
type line struct {
	tenant store.TenantID
	check  bool
}

// fairSlots hands a few slots out, to the lines in turn.
type fairSlots struct {
	mu   sync.Mutex
	free int
	// waiting are closed when it is their turn. A line is here, and in the
	// round once, as long as somebody waits in it.
	waiting map[line][]chan struct{}
	// round are the lines, whose turn is next at the front.
	round []line
}

func newFairSlots(slots int) *fairSlots {
	return &fairSlots{free: slots, waiting: map[line][]chan struct{}{}}
}

// take waits for a slot, which give has to be called for after it.
func (t *fairSlots) take(ctx context.Context, in line) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	turn := t.stand(in)
	if turn == nil {
		return nil
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		t.leave(in, turn)
		return ctx.Err()
	}
}

// stand takes a free slot, or a place at the end of the line.
func (t *fairSlots) stand(in line) (turn chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free > 0 { // nobody waits then
		t.free--
		return nil
	}
	turn = make(chan struct{})
	if len(t.waiting[in]) == 0 {
		t.round = append(t.round, in)
	}
	t.waiting[in] = append(t.waiting[in], turn)
	return turn
}

// leave takes a waiter out. Whose turn came meanwhile passes it on.
func (t *fairSlots) leave(in line, turn chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting[in], turn)
	if at < 0 {
		t.next()
		return
	}
	t.waiting[in] = slices.Delete(t.waiting[in], at, at+1)
	if len(t.waiting[in]) == 0 {
		delete(t.waiting, in)
		t.round = slices.DeleteFunc(t.round, func(one line) bool { return one == in })
	}
}

// give gives a slot back.
func (t *fairSlots) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next()
}

// next hands a slot to the first of the line whose turn it is, which goes to
// the end of the round.
func (t *fairSlots) next() {
	if len(t.round) == 0 {
		t.free++
		return
	}
	in := t.round[0]
	t.round = t.round[1:]
	turn := t.waiting[in][0]
	if rest := t.waiting[in][1:]; len(rest) > 0 {
		t.waiting[in] = rest
		t.round = append(t.round, in)
	} else {
		delete(t.waiting, in)
	}
	close(turn)
}
