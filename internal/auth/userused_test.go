package auth

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestUsesOfUsers: the use of tokens that act for users is told beside the
// requests, once an hour, and again where that failed; that of others is not.
func TestUsesOfUsers(t *testing.T) {
	t.Parallel()
	s, c := newFakeStore(), newClock()
	a := newAuthenticator(t, Options{Store: s, Now: c.Now})
	connection := s.connections["default"]["default"]
	user := uuid.New()
	own, _, err := Issue(t.Context(), s, Request{Connection: connection, Scopes: SCIMScopes(), User: user, Created: c.Now()})
	if err != nil {
		t.Fatal(err)
	}
	other, _ := issue(t, s, time.Time{})
	var told []Use
	var refuse error
	use := func() {
		t.Helper()
		for _, text := range []string{own, other} {
			if _, err := a.Authenticate(t.Context(), "Bearer "+text); err != nil {
				t.Fatal(err)
			}
		}
	}
	use() // before anybody wants to know
	a.Report(func(_ context.Context, use Use) error {
		told = append(told, use)
		return refuse
	})
	for _, step := range []struct {
		pass   time.Duration
		refuse error
		want   int
	}{
		{time.Minute, errors.New("down"), 1},
		{time.Minute, nil, 2}, // again
		{time.Minute, nil, 2},
		{30 * time.Minute, nil, 2},
		{30 * time.Minute, nil, 3},
	} {
		c.advance(step.pass)
		refuse = step.refuse
		use()
		a.used.flush()
		if len(told) != step.want {
			t.Fatalf("told %d times, want %d", len(told), step.want)
		}
	}
	if last := told[2]; last.User != user || !last.At.Equal(c.Now()) {
		t.Errorf("told of %+v", last)
	}
	if n := len(a.used.users.noted); n != 1 {
		t.Errorf("%d users are remembered", n)
	}
}
