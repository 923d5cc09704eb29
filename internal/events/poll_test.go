package events

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"rollcall/internal/testdb"
	"rollcall/internal/validation"
	"rollcall/store"
)

func (f *fixture) poller() Receiver {
	f.t.Helper()
	receiver, _ := f.create(ReceiverSpec{Name: "poll " + uuid.NewString(), Kind: store.KindPoll})
	return receiver
}

func (f *fixture) poll(receiver Receiver, request PollRequest) PollResponse {
	f.t.Helper()
	request.ReturnImmediately = true
	answer, err := f.service.Poll(f.t.Context(), f.tenant, receiver.ID, uuid.Nil, request)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer
}

func (f *fixture) number() {
	f.t.Helper()
	if _, err := f.service.number(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func ids(answer PollResponse) []string { return slices.Sorted(maps.Keys(answer.Sets)) }

func atMost(n int) *int { return &n }

func TestPoll(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	receiver := f.poller()
	if answer := f.poll(receiver, PollRequest{}); answer.Sets == nil || len(answer.Sets) != 0 || answer.MoreAvailable {
		t.Errorf("nothing: %+v", answer)
	}
	for n := range 3 {
		f.commit(n, 1, "prov:create")
	}
	f.commit(0, 2, "prov:put")
	f.number()
	first := f.poll(receiver, PollRequest{MaxEvents: atMost(2)})
	if len(first.Sets) != 2 || !first.MoreAvailable {
		t.Fatalf("%d tokens, more %v", len(first.Sets), first.MoreAvailable)
	}
	for id, token := range first.Sets {
		claims, _ := verified(t, f.service, token)
		if claims["jti"] != id || claims["aud"] != "urn:uuid:"+receiver.ID.String() {
			t.Errorf("claims %v under %s", claims, id)
		}
	}
	// What is handed out is not handed out again before its time.
	second := f.poll(receiver, PollRequest{})
	if len(second.Sets) != 1 || second.MoreAvailable {
		t.Fatalf("%d tokens, more %v", len(second.Sets), second.MoreAvailable)
	}
	f.clock.forward(ackTime)
	if again := f.poll(receiver, PollRequest{}); len(again.Sets) != 3 {
		t.Errorf("%d tokens again", len(again.Sets))
	}
	// A poll that only acknowledges; the second event of user 0 comes after it.
	all := append(ids(first), ids(second)...)
	if answer := f.poll(receiver, PollRequest{MaxEvents: atMost(0), Ack: append([]string{"unknown"}, all[:2]...), SetErrs: map[string]PollError{
		all[2]: {Err: "invalid_audience", Description: "x"},
	}}); len(answer.Sets) != 0 {
		t.Errorf("%d tokens for maxEvents 0", len(answer.Sets))
	}
	last := f.poll(receiver, PollRequest{})
	if len(last.Sets) != 1 || last.MoreAvailable || slices.Contains(all, ids(last)[0]) {
		t.Errorf("the second event: %+v", last)
	}
	f.poll(receiver, PollRequest{Ack: ids(last)})
	failed := f.log(receiver, store.DeliveryFailed)
	if len(failed) != 1 || failed[0].Error != "refused: invalid_audience" || len(f.log(receiver, store.DeliveryDelivered)) != 3 {
		t.Errorf("failed: %+v", failed)
	}
	f.clock.forward(ackTime)
	if answer := f.poll(receiver, PollRequest{}); len(answer.Sets) != 0 {
		t.Errorf("after all were acknowledged: %+v", answer)
	}
}

func TestPollRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	receiver := f.poller()
	hook := f.webhook("http://127.0.0.1:1")
	var field *validation.Error
	if _, err := f.service.Poll(t.Context(), f.tenant, receiver.ID, uuid.Nil, PollRequest{MaxEvents: atMost(-1)}); !errors.As(err, &field) || field.Field != "maxEvents" {
		t.Errorf("maxEvents -1: %v", err)
	}
	if _, err := f.service.Poll(t.Context(), f.tenant, uuid.New(), uuid.Nil, PollRequest{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := f.service.Poll(t.Context(), f.tenant, hook.ID, uuid.Nil, PollRequest{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a webhook: %v", err)
	}
	if err := f.service.PauseReceiver(t.Context(), f.tenant, receiver.ID, someone); err != nil {
		t.Fatal(err)
	}
	if _, err := f.service.Poll(t.Context(), f.tenant, receiver.ID, uuid.Nil, PollRequest{}); !errors.Is(err, ErrInactive) {
		t.Errorf("paused: %v", err)
	}
}

// TestLongPoll: who waits is answered when something happens, when the service
// closes, when it goes, and after a bounded time.
func TestLongPoll(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	receiver := f.poller()
	f.service.Start()
	answers := make(chan PollResponse)
	wait := func(ctx context.Context) {
		answer, err := f.service.Poll(ctx, f.tenant, receiver.ID, uuid.Nil, PollRequest{})
		if err != nil && ctx.Err() == nil {
			t.Errorf("Poll: %v", err)
		}
		answers <- answer
	}
	go wait(t.Context())
	f.commit(1, 1, "prov:create")
	f.service.Wake()
	answer := <-answers
	if len(answer.Sets) != 1 {
		t.Errorf("%d tokens", len(answer.Sets))
	}
	gone, cancel := context.WithCancel(t.Context())
	go wait(gone)
	cancel()
	<-answers
	go wait(t.Context())
	eventually(t, "the end of patience", func() bool {
		f.clock.forward(longestPoll) // before or after it began to wait
		select {
		case <-answers:
			return true
		default:
			return false
		}
	})
	go wait(t.Context())
	f.close(f.service)
	<-answers
}

// TestPollsInOrder: however a receiver polls, acknowledges and forgets, it gets
// everything, and each user in order.
func TestPollsInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	users := 0
	rapid.Check(t, func(r *rapid.T) {
		receiver := f.poller()
		count, versions := rapid.IntRange(1, 3).Draw(r, "users"), rapid.IntRange(1, 3).Draw(r, "versions")
		first := users
		users += count
		for version := 1; version <= versions; version++ {
			for n := range count {
				f.commit(first+n, version, "prov:put")
			}
		}
		f.number()
		got, taken, out := map[string]int{}, 0, map[string]string{}
		for round := 0; taken < count*versions; round++ {
			if round > 500 {
				r.Fatalf("%d of %d taken after %d polls", taken, count*versions, round)
			}
			var ack []string
			for _, id := range slices.Sorted(maps.Keys(out)) {
				if rapid.Bool().Draw(r, "ack") {
					claims, _ := verified(t, f.service, out[id])
					subject, version := subjectAndVersion(claims)
					if version != got[subject]+1 {
						r.Errorf("version %d of %s behind %d", version, subject, got[subject])
					}
					got[subject] = version
					ack = append(ack, id)
					taken++
				}
			}
			if rapid.Bool().Draw(r, "late") {
				f.clock.forward(ackTime)
			}
			answer := f.poll(receiver, PollRequest{MaxEvents: atMost(rapid.IntRange(0, 5).Draw(r, "max")), Ack: ack})
			for _, id := range ack {
				delete(out, id)
			}
			maps.Copy(out, answer.Sets)
		}
		if err := f.service.DeleteReceiver(t.Context(), f.tenant, receiver.ID, someone); err != nil {
			r.Fatal(err)
		}
	})
}

// subjectAndVersion reads what the test put into an event.
func subjectAndVersion(claims map[string]any) (string, int) {
	subject := claims["sub_id"].(map[string]any)["uri"].(string)
	for _, said := range claims["events"].(map[string]any) {
		return subject, int(said.(map[string]any)["data"].(map[string]any)["n"].(float64))
	}
	return subject, 0
}
