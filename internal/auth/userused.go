package auth

import (
	"context"
	"maps"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// Use is a use of a token that acts for a user.
type Use struct {
	Tenant store.TenantID
	User   uuid.UUID
	At     time.Time
}

// userUseEvery is how often the use of tokens by one user is reported.
const userUseEvery = time.Hour

type userKey struct {
	tenant store.TenantID
	user   uuid.UUID
}

// userUses are those that wait to be reported, and those that were within the
// hour.
type userUses struct {
	report         func(context.Context, Use) error
	waiting, noted map[userKey]time.Time
}

// Report names who is told that a token was used which acts for a user: beside
// the requests, and once an hour of each user. What fails is told again.
func (a *Authenticator) Report(report func(context.Context, Use) error) {
	a.used.mu.Lock()
	defer a.used.mu.Unlock()
	a.used.users = userUses{report, map[userKey]time.Time{}, map[userKey]time.Time{}}
}

func (l *lastUse) touchUser(i *Identity, now time.Time) {
	if i.User == uuid.Nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := userKey{i.Tenant.ID, i.User}
	if at, known := l.users.noted[key]; l.users.report == nil || known && now.Before(at.Add(userUseEvery)) {
		return
	}
	l.users.waiting[key] = now
}

// flushUsers reports what waits, and keeps what could not be told for the next
// time.
func (l *lastUse) flushUsers(ctx context.Context) {
	l.mu.Lock()
	waiting, report := l.users.waiting, l.users.report
	l.users.waiting = map[userKey]time.Time{}
	l.mu.Unlock()
	told := map[userKey]time.Time{}
	var err error
	for key, at := range waiting {
		if err = report(ctx, Use{key.tenant, key.user, at}); err != nil {
			break
		}
		told[key] = at
		delete(waiting, key)
	}
	if err != nil {
		l.logger.Warn("last use of tokens by users not written", "users", len(waiting), "error", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(waiting, l.users.waiting)
	l.users.waiting = waiting
	maps.Copy(l.users.noted, told)
	for key, at := range l.users.noted {
		if !l.now().Before(at.Add(userUseEvery)) {
			delete(l.users.noted, key)
		}
	}
}
