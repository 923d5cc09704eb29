package auth

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"rollcall/internal/recovered"
	"rollcall/store"
)

const (
	flushEvery   = 30 * time.Second
	flushTimeout = 5 * time.Second
	// flushUsersTimeout is longer: each user is a change of its own.
	flushUsersTimeout = 15 * time.Second
)

// lastUse collects when tokens were last used and writes that now and then, so
// that no request pays for it. A token is noted when the cache forgets it and
// it is verified again, which makes the time exact to cacheFor.
type lastUse struct {
	tokens store.Tokens
	logger *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	used  map[string]time.Time
	users userUses

	// life guards the fields below.
	life       sync.Mutex
	stop, done chan struct{}
}

func newLastUse(tokens store.Tokens, now func() time.Time, logger *slog.Logger) *lastUse {
	return &lastUse{tokens: tokens, logger: logger, now: now, used: map[string]time.Time{}}
}

func (l *lastUse) touch(prefix string, now time.Time) {
	l.mu.Lock()
	l.used[prefix] = now
	l.mu.Unlock()
}

func (l *lastUse) start() {
	l.life.Lock()
	defer l.life.Unlock()
	if l.stop != nil {
		return
	}
	l.stop, l.done = make(chan struct{}), make(chan struct{})
	go l.run(l.stop, l.done)
}

func (l *lastUse) close() {
	l.life.Lock()
	defer l.life.Unlock()
	if l.stop != nil {
		close(l.stop)
		<-l.done
		l.stop, l.done = nil, nil
	}
	l.flush()
}

func (l *lastUse) run(stop <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			if err := recovered.Call(func() error { l.flush(); return nil }); err != nil {
				l.logger.Error("last use not written", "error", err)
			}
		}
	}
}

func (l *lastUse) flush() {
	l.flushTokens()
	ctx, cancel := context.WithTimeout(context.Background(), flushUsersTimeout)
	defer cancel()
	l.flushUsers(ctx)
}

// flushTokens keeps what could not be written for the next time, unless the token
// was used again meanwhile.
func (l *lastUse) flushTokens() {
	l.mu.Lock()
	used := l.used
	l.used = map[string]time.Time{}
	l.mu.Unlock()
	if len(used) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := l.tokens.TouchTokens(ctx, used); err != nil {
		l.logger.Warn("last use of tokens not written", "tokens", len(used), "error", err)
		l.mu.Lock()
		maps.Copy(used, l.used)
		l.used = used
		l.mu.Unlock()
	}
}
