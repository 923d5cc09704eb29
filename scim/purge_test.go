package scim_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/testdb"
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
	// broken is what the erasure of the trail fails with, brokenEvents what that of
	// events does.
	broken, brokenEvents error
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

func (s *overtaken) EraseEvents(ctx context.Context, erasure store.EventErasure) (store.EventStep, error) {
	if s.brokenEvents != nil {
		return store.EventStep{}, s.brokenEvents
	}
	return s.Store.EraseEvents(ctx, erasure)
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

// telling counts the events about a resource, and those of them that tell more
// than names.
func (b *bed) telling(key store.Key) (events, telling int) {
	b.Helper()
	list, err := b.store.EventsOf(b.Context(), key, 1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, event := range list {
		if payload := string(event.Payload); strings.Contains(payload, `"data"`) || strings.Contains(payload, "hr-") || strings.Contains(payload, "example.com") {
			telling++
		}
	}
	return len(list), telling
}

func (b *bed) intact(key store.Key, when string) {
	b.Helper()
	if rows, erased := b.told(key); erased != 0 {
		b.Errorf("%s: %d of %d rows of its history are erased", when, erased, rows)
	}
	if events, telling := b.telling(key); telling == 0 {
		b.Errorf("%s: %d events tell nothing", when, events)
	}
}

// TestRefusedPurge: a purge that others were faster than erases nothing.
func TestRefusedPurge(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
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
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		between := &overtaken{Store: opened}
		b := newBed(t, between)
		user := func(name string) store.Key {
			t.Helper()
			id := b.create(b.idp, name, mail(name), `"externalId":"hr-1"`)
			b.patch(b.idp, id, `{"op":"replace","path":"displayName","value":"Ann"}`)
			b.delete(b.idp, id)
			return b.key(id)
		}
		// gone wants that so many rows are erased. That of the purge keeps its
		// reason, and that a group was deleted tells nothing of it.
		gone := func(key store.Key, rows int, events bool) {
			t.Helper()
			all := 4
			if key.Type == "Group" {
				rows, all = min(rows, 1), 3
			}
			if n, erased := b.told(key); erased != rows || n != all {
				t.Errorf("%d of %d rows are erased, want %d of %d", erased, n, rows, all)
			}
			if n, telling := b.telling(key); events != (telling == 0) || n < 2 {
				t.Errorf("%d of %d events tell of a person", telling, n)
			}
		}
		// resume wants that the erasure of so many breaks off.
		resume := func(want int) {
			t.Helper()
			b.clock.pass(time.Minute)
			failed := 0
			err := b.provider.EraseDue(t.Context(), func() error { return nil }, func(key store.Key, err error) {
				if failed++; !errors.Is(err, errKilled) {
					t.Errorf("%s: %v", key.ID, err)
				}
			})
			if err != nil || failed != want {
				t.Errorf("%d failures are told, want %d: %v", failed, want, err)
			}
		}
		prompt := user("prompt")
		b.act(prompt.ID.String(), lifecycle.Purge{Confirmed: true})
		gone(prompt, 3, true)

		between.broken = errKilled
		team := b.team("due")
		if err := b.tryDelete(b.idp, b.group, team); err != nil {
			t.Fatal(err)
		}
		keys := []store.Key{user("asked"), user("due"), {Tenant: b.idp.Tenant, Type: "Group", ID: uuid.MustParse(team)}}
		b.act(keys[0].ID.String(), lifecycle.Purge{Confirmed: true})
		b.clock.pass(31 * day)
		b.fire()
		all := func(rows int, events bool) {
			t.Helper()
			for _, key := range keys {
				if _, err := opened.Purged(t.Context(), key); err != nil {
					t.Fatalf("%s is not purged: %v", key.ID, err)
				}
				gone(key, rows, events)
			}
		}
		all(0, false)
		resume(len(keys))
		all(0, false)
		between.broken, between.brokenEvents = nil, errKilled
		resume(len(keys))
		all(3, false)
		between.brokenEvents = nil
		resume(0)
		all(3, true)
		between.broken = errKilled // nothing is left to do
		resume(0)
	})
}
