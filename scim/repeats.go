package scim

import (
	"hash/maphash"
	"slices"

	"rollcall/store"
)

// maxHashes bounds what is remembered at a time: 32 MiB.
const maxHashes = 4 << 20

// repeats finds values that occur twice among any number, in bounded memory. It
// remembers a hash of each; where these are too many it goes through the values
// several times, each time with those of one part.
type repeats struct {
	seed maphash.Seed
	// limit is maxHashes but in tests.
	limit int
	// bits is the binary logarithm of the number of parts, part the one that is
	// being gone through.
	bits, part uint64
	hashes     []uint64
	// repeated are the hashes that occurred twice, in order.
	repeated []uint64
}

func newRepeats(limit int) *repeats { return &repeats{seed: maphash.MakeSeed(), limit: limit} }

// add takes a value of the part that is being gone through.
func (r *repeats) add(tenant store.TenantID, value store.UniqueValue) {
	hash := r.hash(tenant, value)
	if hash>>(64-r.bits) != r.part {
		return
	}
	if len(r.hashes) >= r.limit && r.part == 0 {
		if r.fold(); len(r.hashes) > r.limit/2 {
			r.split()
		}
		if hash>>(64-r.bits) != r.part {
			return
		}
	}
	r.hashes = append(r.hashes, hash)
}

// fold keeps each hash once and notes which occurred twice.
func (r *repeats) fold() {
	slices.Sort(r.hashes)
	known := r.repeated
	for i := 1; i < len(r.hashes) && len(r.repeated) < r.limit; i++ {
		hash := r.hashes[i]
		if hash != r.hashes[i-1] || i > 1 && hash == r.hashes[i-2] {
			continue // once, or noted a moment ago
		}
		if _, noted := slices.BinarySearch(known, hash); !noted {
			r.repeated = append(r.repeated, hash)
		}
	}
	r.hashes = slices.Compact(r.hashes)
	slices.Sort(r.repeated)
	r.repeated = slices.Compact(r.repeated)
}

// split halves the part. Only the first one is split, so that the others are
// gone through whole later.
func (r *repeats) split() {
	r.bits++
	r.hashes = slices.DeleteFunc(r.hashes, func(h uint64) bool { return h>>(64-r.bits) != 0 })
}

// next ends a part. It reports whether another one is to be gone through.
func (r *repeats) next() bool {
	r.fold()
	r.hashes = r.hashes[:0]
	r.part++
	return r.part < 1<<r.bits
}

// has reports whether a value occurred twice. That two values share a hash of
// 64 bits is as good as impossible.
func (r *repeats) has(tenant store.TenantID, value store.UniqueValue) bool {
	_, found := slices.BinarySearch(r.repeated, r.hash(tenant, value))
	return found
}

func (r *repeats) hash(tenant store.TenantID, value store.UniqueValue) uint64 {
	return maphash.Comparable(r.seed, struct {
		tenant store.TenantID
		value  store.UniqueValue
	}{tenant, value})
}
