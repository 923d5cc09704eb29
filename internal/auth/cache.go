package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// cacheFor is how long a verified token, or one that was refused, is believed
// without a look at the store: what a revocation may take to be felt.
const cacheFor = 10 * time.Second

// The cache is bounded, and refused tokens have a room of their own, so that
// guessing cannot push out the tokens that work.
const (
	shards          = 16
	acceptedInShard = 512
	refusedInShard  = 64
)

// digest is the SHA-256 of a whole token: the cache holds no token.
type digest = [sha256.Size]byte

// verdict is what became of a token.
type verdict struct {
	identity *Identity
	err      error
	// expires is when the token itself ends; zero for never.
	expires time.Time
	// until is when the verdict is no longer believed.
	until time.Time
}

// cache is split by the first byte of the digest, which spreads evenly, so
// that requests of different tokens rarely meet at one lock.
type cache [shards]struct {
	mu                sync.Mutex
	accepted, refused map[digest]verdict
}

func newCache() *cache {
	var c cache
	for i := range c {
		c[i].accepted, c[i].refused = map[digest]verdict{}, map[digest]verdict{}
	}
	return &c
}

func (c *cache) get(key digest, now time.Time) (verdict, bool) {
	shard := &c[key[0]%shards]
	shard.mu.Lock()
	v, ok := shard.accepted[key]
	if !ok {
		v, ok = shard.refused[key]
	}
	shard.mu.Unlock()
	// A clock that was set back must not make a verdict last longer.
	return v, ok && now.Before(v.until) && v.until.Sub(now) <= cacheFor
}

func (c *cache) put(key digest, v verdict, now time.Time) {
	v.until = now.Add(cacheFor)
	shard := &c[key[0]%shards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	room, bound := shard.accepted, acceptedInShard
	other := shard.refused
	if v.err != nil {
		room, bound, other = shard.refused, refusedInShard, shard.accepted
	}
	delete(other, key)
	if _, known := room[key]; !known && len(room) >= bound {
		makeRoom(room, now)
	}
	room[key] = v
}

// makeRoom drops what is out of date, and one more where nothing is.
func makeRoom(room map[digest]verdict, now time.Time) {
	before := len(room)
	for key, v := range room {
		if !now.Before(v.until) {
			delete(room, key)
		}
	}
	for key := range room {
		if len(room) == before {
			delete(room, key)
		}
		break
	}
}
