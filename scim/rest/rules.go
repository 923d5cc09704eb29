package rest

import (
	"bytes"
	"log/slog"
	"sync"

	"github.com/google/uuid"

	"rollcall/scim/profile"
	"rollcall/store"
)

// ruleBook remembers by connection what its options come to, so that they are
// read once and not with every request. It holds one entry for each connection
// that was seen, which the store bounds.
type ruleBook struct {
	logger *slog.Logger
	plain  *profile.Rules

	mu          sync.RWMutex
	connections map[uuid.UUID]*entry
}

type entry struct {
	options []byte
	rules   *profile.Rules
}

func newRuleBook(logger *slog.Logger) *ruleBook {
	plain := profile.Options{}.Rules()
	return &ruleBook{logger: logger, plain: &plain, connections: map[uuid.UUID]*entry{}}
}

// of returns the rules of a connection. Options that cannot be read, or name
// what does not exist, are logged once and never fail a request.
func (b *ruleBook) of(connection *store.Connection) *profile.Rules {
	if len(connection.Options) <= len("{}") {
		return b.plain
	}
	b.mu.RLock()
	known := b.connections[connection.ID]
	b.mu.RUnlock()
	if known != nil && bytes.Equal(known.options, connection.Options) {
		return known.rules
	}
	rules, err := profile.Of(connection.Options)
	if err != nil {
		b.logger.Error("the options of a connection are not understood; it is served by what is left of them, or strictly",
			"connection", connection.Name, "connection_id", connection.ID, "profile", rules.Name, "error", err)
	}
	fresh := &entry{options: connection.Options, rules: &rules}
	b.mu.Lock()
	b.connections[connection.ID] = fresh
	b.mu.Unlock()
	return fresh.rules
}
