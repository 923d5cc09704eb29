package scim_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// overtaken is a store in which something happens just before a purge is
// committed, and on which the erasure that follows can break off.
type overtaken struct {
	store.Store
	turn   sync.Mutex
	before func()
	broken error
}

func (s *overtaken) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	for _, change := range changes {
		if _, purge := change.(*store.Purge); purge {
			s.overtake()
		}
	}
	return s.Store.Commit(ctx, changes)
}

// overtake lets it happen once, while every purge waits.
func (s *overtaken) overtake() {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.before != nil {
		s.before()
		s.before = nil
	}
}

func (s *overtaken) EraseAudit(ctx context.Context, erasure store.AuditErasure) (store.AuditStep, error) {
	if s.broken != nil {
		return store.AuditStep{}, s.broken
	}
	return s.Store.EraseAudit(ctx, erasure)
}

// told counts the rows about a resource, and those of them that are erased.
func (b *bed) told(key store.Key) (rows, erased int) {
	b.Helper()
	list, err := b.store.AuditOf(b.Context(), key, 1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range list {
		if row.Reason == store.Erased || strings.Contains(string(row.Changes), store.Erased) {
			erased++
		}
	}
	return len(list), erased
}

func (b *bed) intact(key store.Key, when string) {
	b.Helper()
	if rows, erased := b.told(key); erased != 0 {
		b.Errorf("%s: %d of %d rows of its history are erased", when, erased, rows)
	}
}

// TestRefusedPurge: a purge that others were faster than erases nothing.
func TestRefusedPurge(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, opened store.Store) {
		between := &overtaken{Store: opened}
		b := newBed(t, between)
		other := scim.New(scim.Options{Store: opened, Types: b.options.Types, Secrets: opened, Now: b.clock.now})
		act := func(id string, command lifecycle.Command) func() {
			return func() {
				if _, err := other.Act(t.Context(), b.admin, id, "faster", command); err != nil {
					t.Errorf("%v: %v", command, err)
				}
			}
		}
		for name, race := range map[string]struct {
			command lifecycle.Command
			why     lifecycle.Why
			status  lifecycle.Status
		}{
			"restored": {lifecycle.Restore{By: "ann", Reason: "back"}, lifecycle.WhyLiving, lifecycle.StatusSuspended},
			"on hold":  {lifecycle.SetMark{Mark: lifecycle.MarkLegalHold}, lifecycle.WhyLegalHold, lifecycle.StatusDeprovisioned},
		} {
			id := b.create(b.idp, strings.ReplaceAll(name, " ", "-"), mail("ann"))
			b.delete(b.idp, id)
			between.before = act(id, race.command)
			_, err := b.provider.Act(t.Context(), b.admin, id, "asked", lifecycle.Purge{Confirmed: true})
			var refused *lifecycle.Refusal
			if !errors.As(err, &refused) || refused.Why != race.why {
				t.Errorf("%s: the purge is answered %v", name, err)
			}
			b.is(id, race.status)
			b.intact(b.key(id), name)
		}
		id, team := b.create(b.idp, "late", mail("late")), b.team("late")
		b.delete(b.idp, id)
		if err := b.tryDelete(b.idp, b.group, team); err != nil {
			t.Fatal(err)
		}
		b.clock.pass(31 * day)
		between.before = func() {
			act(id, lifecycle.Restore{By: "ann", Reason: "back"})()
			if _, err := other.RestoreResource(t.Context(), b.admin, b.group, team, "back"); err != nil {
				t.Error(err)
			}
		}
		b.fire()
		b.is(id, lifecycle.StatusSuspended)
		b.intact(b.key(id), "the timer")
		b.intact(store.Key{Tenant: b.idp.Tenant, Type: "Group", ID: uuid.MustParse(team)}, "a group")
	})
}

var errKilled = errors.New("killed")

// TestErasure: what is personal goes with the purge, and where that breaks off,
// the purge stands and the erasure is done later, once.
func TestErasure(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, opened store.Store) {
		between := &overtaken{Store: opened}
		b := newBed(t, between)
		resume := func() {
			t.Helper()
			hold := func() error { return nil }
			if err := b.provider.EraseDue(t.Context(), hold, func(key store.Key, err error) { t.Errorf("%s: %v", key.ID, err) }); err != nil {
				t.Fatal(err)
			}
		}
		// gone wants that so many rows are erased. That of the purge keeps its
		// reason, and that a group was deleted tells nothing of it.
		gone := func(key store.Key, want int) {
			t.Helper()
			if key.Type == "Group" {
				want = min(want, 1)
			}
			if rows, erased := b.told(key); erased != want || rows != 3 {
				t.Errorf("%d of %d rows are erased, want %d of 3", erased, rows, want)
			}
		}
		prompt := b.create(b.idp, "prompt", mail("prompt"))
		b.delete(b.idp, prompt)
		b.act(prompt, lifecycle.Purge{Confirmed: true})
		gone(b.key(prompt), 2)

		between.broken = errKilled
		asked, due, team := b.create(b.idp, "asked", mail("asked")), b.create(b.idp, "due", mail("due")), b.team("due")
		for _, id := range []string{asked, due} {
			b.delete(b.idp, id)
		}
		if err := b.tryDelete(b.idp, b.group, team); err != nil {
			t.Fatal(err)
		}
		b.act(asked, lifecycle.Purge{Confirmed: true})
		b.clock.pass(31 * day)
		b.fire()
		keys := []store.Key{b.key(asked), b.key(due), {Tenant: b.idp.Tenant, Type: "Group", ID: uuid.MustParse(team)}}
		for _, key := range keys {
			if _, err := opened.Purged(t.Context(), key); err != nil {
				t.Fatalf("%s is not purged: %v", key.ID, err)
			}
			gone(key, 0)
		}
		failed := 0
		b.clock.pass(time.Minute)
		err := b.provider.EraseDue(t.Context(), func() error { return nil }, func(_ store.Key, err error) {
			if errors.Is(err, errKilled) {
				failed++
			}
		})
		if err != nil || failed != len(keys) {
			t.Errorf("%d failures are told, want %d: %v", failed, len(keys), err)
		}
		between.broken = nil
		resume()
		for _, key := range keys {
			gone(key, 2)
		}
		between.broken = errKilled // nothing is left to do
		resume()
	})
}
