package scim_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// Many change few accounts at the same time, by two servers on one database. What
// is told of each has no gap: every change of status begins where the one before
// it ended, and the last one ends where the account stands.
func TestAccountsUnderRaces(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		here := newBed(t, opened)
		there := *here
		there.provider = scim.New(here.options)
		ids := []string{here.create(here.idp, "a"), here.create(here.idp, "b")}
		team := here.team("team", ids...)
		var group sync.WaitGroup
		for worker := range 8 {
			b := here
			if worker%2 == 1 {
				b = &there
			}
			group.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(worker)))
				for range 40 {
					id := ids[random.IntN(len(ids))]
					if err := b.anything(random, id); err != nil && !expected(err) {
						t.Errorf("%v", err)
					}
				}
			})
		}
		group.Wait()
		for _, id := range ids {
			here.checkChain(t, id)
		}
		if found := here.found(`groups.value eq "`+team+`"`, ""); len(found) > len(ids) {
			t.Errorf("members %v", found)
		}
	})
}

// expected tells what a caller may be told: a refusal, never a fault of ours.
func expected(err error) bool {
	var refused *lifecycle.Refusal
	answer, ok := fault.As(err)
	return errors.As(err, &refused) || ok && (answer.Status < 500 || answer.Status == 503) || errors.Is(err, store.ErrVersion)
}

// anything does one of many things to an account.
func (b *bed) anything(random *rand.Rand, id string) error {
	act := func(commands ...lifecycle.Command) error {
		_, err := b.provider.Act(b.Context(), b.admin, id, "asked", commands...)
		return err
	}
	switch random.IntN(12) {
	case 0, 1:
		return b.tryPatch(b.idp, id, fmt.Sprintf(`{"op":"replace","path":"active","value":%t}`, random.IntN(2) == 0))
	case 2:
		return b.tryPatch(b.hr, id, fmt.Sprintf(`{"op":"replace","path":"active","value":%t}`, random.IntN(2) == 0))
	case 3:
		return b.tryPatch(b.idp, id, fmt.Sprintf(`{"op":"replace","path":"displayName","value":"n%d"}`, random.IntN(1000)))
	case 4, 5:
		_, err := b.provider.ReportSignIn(b.Context(), b.idp, scim.SignIn{User: id, Succeeded: random.IntN(3) == 0})
		return err
	case 6:
		return act(lifecycle.Lock{By: "ann", Reason: "odd"})
	case 7:
		return act(lifecycle.Unlock{})
	case 8:
		return act(lifecycle.Schedule{ValidUntil: b.clock.now().Add(time.Duration(random.IntN(5)-2) * time.Hour)})
	case 9:
		return b.tryDelete(b.idp, b.user, id)
	case 10:
		return act(lifecycle.Restore{By: "ann", Reason: "back"})
	default:
		return act(lifecycle.Override{Reason: "an owner"})
	}
}

// checkChain holds the events of an account against each other and against how
// it stands.
func (b *bed) checkChain(t *testing.T, id string) {
	t.Helper()
	rows, err := b.store.EventsOf(t.Context(), b.key(id), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	stands := string(lifecycle.StatusActive)
	usable := func(status string) bool { return lifecycle.Status(status).Active() }
	for _, row := range rows {
		if row.Type != string(lifecycle.EventStatusChange) {
			continue
		}
		from, to := between(string(row.Payload), `"from":"`), between(string(row.Payload), `"to":"`)
		// A lock is told to nobody: for receivers it is the same as active.
		if from != stands && (!usable(from) || !usable(stands)) {
			t.Fatalf("%s: %s -> %s follows %s", id, from, to, stands)
		}
		stands = to
	}
	now := string(b.explain(id).Standing.Status)
	if now != stands && (!usable(now) || !usable(stands)) {
		t.Errorf("%s stands %s, and was last said to be %s", id, now, stands)
	}
}
