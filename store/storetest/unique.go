package storetest

import (
	"errors"

	"rollcall/store"
)

// taken checks that a commit fails for the value of that attribute.
func (f *fixture) taken(attribute string, index int, changes ...store.Change) {
	f.t.Helper()
	err := f.refuse(store.ErrUniqueness, index, changes...)
	var unique *store.UniquenessError
	if !errors.As(err, &unique) {
		f.t.Fatalf("no UniquenessError in the chain of %v", err)
	}
	if unique.Attribute != attribute {
		f.t.Errorf("UniquenessError.Attribute = %q, want %q", unique.Attribute, attribute)
	}
}

func (f *fixture) named(typ string, n int, name string) *store.Create {
	create := f.create(typ, n)
	create.Record.Name = name
	return create
}

func (f *fixture) rename(n, step int, name string) *store.Update {
	update := f.update(user, n, step)
	update.Record = new(f.record(user, n, ""))
	update.Record.Name = name
	return update
}

func names(f *fixture) {
	f.commit(f.named(user, 1, "ann"), f.named(user, 2, "Ann"), f.named(group, 3, "ann"), f.named(user, 4, ""), f.named(user, 5, ""))
	f.taken(store.NameAttribute, 0, f.named(user, 6, "ann"))
	f.taken(store.NameAttribute, 1, f.named(user, 6, "bob"), f.named(user, 7, "bob"))
	f.taken(store.NameAttribute, 0, f.rename(2, 1, "ann"))
	f.missing(f.key(user, 6))
	if got := f.get(f.key(user, 2)); got.Name != "Ann" || got.Version != 1 {
		f.t.Errorf("after a refused rename: %q version %d", got.Name, got.Version)
	}

	// A name is free once its holder is renamed, cleared or deleted, in the
	// same commit too, and a resource may keep its own.
	f.commit(f.rename(1, 2, "ann"))
	f.commit(f.rename(1, 3, "anna"), f.named(user, 6, "ann"))
	f.commit(f.rename(6, 4, ""), f.named(user, 7, "ann"))
	f.commit(f.delete(user, 7, 5), f.named(user, 8, "ann"))
	f.taken(store.NameAttribute, 0, f.rename(1, 6, "ann"))

	// Byte by byte: what looks alike is another name.
	f.commit(f.named(user, 20, "caf\u00e9"), f.named(user, 21, "cafe\u0301"), f.named(user, 22, "cafe"), f.named(user, 23, "cafe "))
	// External identifiers and sort names are not unique.
	twin := f.create(user, 30)
	twin.Record.ExternalID, twin.Record.SortName = "ext-001", "sort 001"
	f.commit(twin)
}

func badge(value string) store.UniqueValue {
	return store.UniqueValue{Attribute: "urn:x:badge", Value: value}
}

func desk(value string) store.UniqueValue {
	return store.UniqueValue{Attribute: "desk", Value: value}
}

func (f *fixture) holding(typ string, n int, values ...store.UniqueValue) *store.Create {
	create := f.create(typ, n)
	create.Unique = values
	return create
}

func (f *fixture) swap(n, step int, claim, release []store.UniqueValue) *store.Update {
	update := f.update(user, n, step)
	update.Record = new(f.record(user, n, ""))
	update.Claim, update.Release = claim, release
	return update
}

func uniqueValues(f *fixture) {
	type values = []store.UniqueValue
	f.commit(f.holding(user, 1, badge("a"), desk("a")), f.holding(user, 2, badge("b")), f.holding(group, 3, badge("a")))
	f.taken("urn:x:badge", 0, f.holding(user, 4, badge("a")))
	f.taken("desk", 0, f.holding(user, 4, badge("c"), desk("a")))
	f.taken("urn:x:badge", 0, f.swap(2, 1, values{badge("a")}, nil))
	f.state(f.key(user, 2), 1, at(2))
	f.missing(f.key(user, 4))
	// The refused create has claimed nothing; values differ byte by byte.
	f.commit(f.holding(user, 4, badge("c")), f.holding(user, 5, badge("A"), badge("a ")))

	// Claiming what one holds is no conflict: no other resource holds it.
	f.commit(f.swap(1, 2, values{badge("a")}, nil))
	// Giving up what another holds frees nothing.
	f.commit(f.swap(2, 3, nil, values{badge("a")}))
	f.taken("urn:x:badge", 0, f.holding(user, 6, badge("a")))
	// Released values are free, in the same change and the same commit too.
	f.commit(f.swap(1, 4, values{badge("z")}, values{badge("a")}), f.holding(user, 6, badge("a")))
	f.commit(f.swap(6, 5, values{badge("a"), badge("q")}, values{badge("a")}))
	f.taken("urn:x:badge", 0, f.holding(user, 7, badge("a")))
	// Exchange of two values needs a free one between.
	f.commit(f.swap(1, 6, nil, values{badge("z")}), f.swap(6, 7, values{badge("z")}, values{badge("a")}), f.swap(1, 8, values{badge("a")}, nil))
	f.taken("urn:x:badge", 1, f.create(user, 8), f.holding(user, 9, badge("a")))
	// A deleted resource holds nothing.
	f.commit(f.delete(user, 1, 9))
	f.commit(f.holding(user, 9, badge("a"), desk("a")))
}
