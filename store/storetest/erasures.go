package storetest

import (
	"testing"

	"rollcall/store"
)

// unerased are the numbers of the marked users and groups, in pages.
func (f *fixture) unerased(size int) (found []int) {
	f.t.Helper()
	var last store.Tombstone
	for {
		page, err := f.s.Unerased(f.ctx, last, size)
		if err != nil || len(page) > size {
			f.t.Fatalf("Unerased: %d of %d, %v", len(page), size, err)
		}
		for _, one := range page {
			for n := range 20 {
				if one.Key.ID == id(n) {
					found = append(found, n)
				}
			}
			if at, err := f.s.Purged(f.ctx, one.Key); err != nil || !at.Equal(one.At) || one.Version != 3 {
				f.t.Errorf("%+v was purged with version 3 at %v, %v", one, at, err)
			}
			last = one
		}
		if len(page) < size {
			return found
		}
	}
}

// tombstones: each purge marks what it leaves until the mark is taken away, and
// one that is refused marks nothing.
func tombstones(f *fixture) {
	other := f.in(f.newTenant("other"))
	for n, of := range map[int]*fixture{1: f, 2: other, 3: f, 4: f} {
		of.commit(of.create(user, n), of.delete(user, n, 10))
	}
	f.commit(f.create(group, 5), f.delete(group, 5, 10))
	want := func(when string, want ...int) {
		f.t.Helper()
		for _, size := range []int{1, 2, 100} {
			sameNumbers(f.t, when, want, f.unerased(size))
		}
	}
	refused := f.purge(user, 1, 20)
	refused.Match = 7
	f.refuse(store.ErrVersion, 0, refused)
	want("nothing is purged")
	f.commit(f.purge(user, 3, 20))
	other.commit(other.purge(user, 2, 20))
	f.commit(f.purge(group, 5, 19), f.purge(user, 1, 21))
	want("purged", 5, 3, 2, 1)
	first := store.Tombstone{Key: f.key(user, 3), At: at(20)}
	for _, wrong := range []store.Tombstone{
		{Key: first.Key, At: at(21)}, {Key: f.key(group, 3), At: at(20)}, {Key: other.key(user, 3), At: at(20)}, {Key: f.key(user, 4), At: at(20)},
	} {
		f.check(f.s.SetErased(f.ctx, wrong))
	}
	want("others are erased", 5, 3, 2, 1)
	f.check(f.s.SetErased(f.ctx, first))
	f.check(f.s.SetErased(f.ctx, first))
	want("erased", 5, 2, 1)
	// An id that begins anew and goes again has left something new.
	f.commit(f.create(user, 3), f.delete(user, 3, 30))
	f.commit(f.purge(user, 3, 31))
	want("again", 5, 2, 1, 3)
}

func sameNumbers(t *testing.T, when string, want, got []int) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%s: %v, want %v", when, got, want)
	}
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}
