package storetest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

// probeCap: above the cap a sort needs an index of its own.
func probeCap(f *fixture) {
	const size = store.ProbeCap + 50
	for start := 0; start < size; start += 2010 {
		changes := make([]store.Change, 0, 2010)
		for n := start; n < min(start+2010, size); n++ {
			create := f.store(f.record(user, n, fmt.Sprintf(`{"nick":"n%05d","low":%v}`, size-n, n < 100)))
			create.Trail.Events = nil
			changes = append(changes, create)
			if n%3 == 0 { // some have signed in
				use := f.use(n, 1, store.Activity{LastLogin: at(n)})
				use.Trail.Events = nil
				changes = append(changes, use)
			}
		}
		f.commit(changes...)
	}
	byPath := store.Sort{Path: path("nick")}
	for _, where := range []store.Expr{nil, present("nick"), store.Not{Expr: text("x", "nick")}} {
		_, err := f.s.Query(f.ctx, store.Query{Tenant: f.tenant, Types: of(user, where), Sort: byPath, Limit: 10})
		if !errors.Is(err, store.ErrTooMany) {
			f.t.Errorf("sort by path of %d: got error %v, want ErrTooMany", size, err)
		}
	}
	unindexed := []store.Sort{{Holds: store.Const(true)}, {Holds: text("x", "nick")}}
	for _, column := range lifecycleColumns {
		if column != store.ColumnLastLogin {
			unindexed = append(unindexed, store.Sort{Column: column})
		}
	}
	for _, sort := range unindexed {
		_, err := f.s.Query(f.ctx, store.Query{Tenant: f.tenant, Types: of(user, nil), Sort: sort, Limit: 10})
		if !errors.Is(err, store.ErrTooMany) {
			f.t.Errorf("sort by %+v of %d: got error %v, want ErrTooMany", sort, size, err)
		}
	}
	// Few matches are sorted in any directory.
	page := f.query(store.Query{Types: of(user, compare(store.Equal, true, "low")), Sort: byPath, Limit: 2})
	if got := fmt.Sprint(recordNames(page)); page.Total != 100 || got != "[user-099 user-098]" {
		f.t.Errorf("sort of few: total %d, %s", page.Total, got)
	}
	// A column sorts at any size.
	for _, column := range []store.Column{store.ColumnID, store.ColumnName, store.ColumnExternalID, store.ColumnSortName, store.ColumnCreated, store.ColumnModified, store.ColumnLastLogin} {
		for _, where := range []store.Expr{nil, present("nick")} {
			page := f.query(store.Query{Types: of(user, where), Sort: store.Sort{Column: column, Descending: true}, Offset: size - 3, Limit: 10})
			if page.Total != size || len(page.Records) != 3 {
				f.t.Errorf("sort by column %d: total %d, %d records", column, page.Total, len(page.Records))
			}
			if column == store.ColumnCreated && page.Records[2].Name != "user-000" {
				f.t.Errorf("last by creation = %s", page.Records[2].Name)
			}
		}
	}
	for _, where := range []store.Expr{nil, present("nick"), compare(store.Equal, true, "low")} {
		for _, limit := range []int{0, 3} {
			exact := f.query(store.Query{Types: of(user, where), Limit: limit})
			frequent := f.query(store.Query{Types: of(user, where), Limit: limit, Total: &exact.Total, Frequent: true, Sort: store.Sort{Column: store.ColumnName}})
			ordinary := f.query(store.Query{Types: of(user, where), Limit: limit, Sort: store.Sort{Column: store.ColumnName}})
			if diff := cmp.Diff(recordNames(ordinary), recordNames(frequent)); diff != "" || frequent.Total != exact.Total {
				f.t.Errorf("frequent (-want +got):\n%s", diff)
			}
			capped := f.query(store.Query{Types: of(user, where), Limit: limit, Capped: true})
			if len(capped.Records) != len(exact.Records) || capped.Total != exact.Total && (capped.Total != store.ProbeCap+1 || exact.Total <= store.ProbeCap) {
				f.t.Errorf("capped: total %d with %d records, exact: %d with %d", capped.Total, len(capped.Records), exact.Total, len(exact.Records))
			}
		}
	}
	f.signedInAboveCap(size)
	f.cursorsAboveCap(size)
	f.commit(f.delete(user, 3, 1))
	if page := f.query(store.Query{Types: of(user, nil)}); page.Total != size-1 {
		f.t.Errorf("total = %d, want %d", page.Total, size-1)
	}
}

// invalid: what a database would refuse is refused, and nothing changes.
func invalid(f *fixture) {
	f.commit(f.holding(user, 1, badge("a")))
	spoil := map[string]func(*store.Create){
		"name with NUL":             func(c *store.Create) { c.Record.Name = "a\x00" },
		"name of broken UTF-8":      func(c *store.Create) { c.Record.Name = "a\xff" },
		"long name":                 func(c *store.Create) { c.Record.Name = strings.Repeat("x", store.MaxKeyBytes+1) },
		"external id with NUL":      func(c *store.Create) { c.Record.ExternalID = "\x00" },
		"broken external id":        func(c *store.Create) { c.Record.ExternalID = "\xc3" },
		"long external id":          func(c *store.Create) { c.Record.ExternalID = strings.Repeat("é", store.MaxKeyBytes/2+1) },
		"sort name with NUL":        func(c *store.Create) { c.Record.SortName = "\x00" },
		"broken sort name":          func(c *store.Create) { c.Record.SortName = "\xed\xa0\x80" },
		"long sort name":            func(c *store.Create) { c.Record.SortName = strings.Repeat("x", store.MaxKeyBytes+1) },
		"label with NUL":            func(c *store.Create) { c.Record.Label = "x\x00y" },
		"broken label":              func(c *store.Create) { c.Record.Label = "\xff" },
		"document with NUL":         func(c *store.Create) { c.Record.Document = []byte("{\"a\":\"\x00\"}") },
		"document with escaped NUL": func(c *store.Create) { c.Record.Document = []byte(`{"a":"x\u0000"}`) },
		"event with escaped NUL":    func(c *store.Create) { c.Trail.Events = []store.Event{{Type: "x", Payload: []byte(`{"a":"\u0000"}`)}} },
		"audit with escaped NUL":    func(c *store.Create) { c.Trail.Audit.Changes = []byte(`{"a":"\\\u0000"}`) },
		"long unique attribute": func(c *store.Create) {
			c.Unique = []store.UniqueValue{{Attribute: strings.Repeat("x", store.MaxKeyBytes+1), Value: "b"}}
		},
		"broken document":        func(c *store.Create) { c.Record.Document = []byte("{\"a\":\"\xff\"}") },
		"index with NUL":         func(c *store.Create) { c.Record.Index = []byte("{\"a\":\"\x00\"}") },
		"index with escaped NUL": func(c *store.Create) { c.Record.Index = []byte(`{"a":"x\u0000"}`) },
		"broken index":           func(c *store.Create) { c.Record.Index = []byte("{\"a\":\"\xff\"}") },
		"unique value with NUL":  func(c *store.Create) { c.Unique = []store.UniqueValue{badge("\x00")} },
		"broken unique value":    func(c *store.Create) { c.Unique = []store.UniqueValue{badge("\xff")} },
		"long unique value":      func(c *store.Create) { c.Unique = []store.UniqueValue{badge(strings.Repeat("x", store.MaxKeyBytes+1))} },
		"password hash with NUL": func(c *store.Create) { c.PasswordHash = "a\x00" },
	}
	for name, spoil := range spoil {
		create := f.create(user, 3)
		spoil(create)
		_, err := f.s.Commit(f.ctx, []store.Change{f.create(user, 2), create})
		var change *store.ChangeError
		if !errors.Is(err, store.ErrInvalid) || !errors.As(err, &change) || change.Index != 1 {
			f.t.Errorf("create, %s: got error %v, want ErrInvalid", name, err)
		}
		update := f.update(user, 1, 4)
		update.Record, update.Claim, update.PasswordHash, update.Trail = &create.Record, create.Unique, &create.PasswordHash, create.Trail
		if update.Record.Name == f.record(user, 3, "").Name {
			update.Record.Name = "other"
		}
		if _, err := f.s.Commit(f.ctx, []store.Change{update}); !errors.Is(err, store.ErrInvalid) {
			f.t.Errorf("update, %s: got error %v, want ErrInvalid", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "xxxx") {
			f.t.Errorf("%s: the error quotes the value", name)
		}
		f.missing(f.key(user, 2))
		f.missing(f.key(user, 3))
		sameRecord(f.t, f.record(user, 1, ""), f.get(f.key(user, 1)))
	}
	if got := len(f.auditOf(f.key(user, 1))); got != 1 {
		f.t.Errorf("%d audit rows, want 1", got)
	}
}

// invalidSettings: what is set up beside resources has the bounds of theirs.
func invalidSettings(f *fixture) {
	long, action := strings.Repeat("x", store.MaxKeyBytes+1), audit(1, "set")
	other := action
	other.Action = long
	connection := store.Connection{ID: uuid.New(), Tenant: f.tenant, Name: "entra", Kind: "entra"}
	refused := func(what string, err error) {
		f.t.Helper()
		if !errors.Is(err, store.ErrInvalid) {
			f.t.Errorf("%s: got error %v, want ErrInvalid", what, err)
		}
	}
	for name, spoil := range map[string]func(*store.Connection){
		"long name":                func(c *store.Connection) { c.Name = long },
		"name with NUL":            func(c *store.Connection) { c.Name = "\x00" },
		"broken kind":              func(c *store.Connection) { c.Kind = "\xff" },
		"options with escaped NUL": func(c *store.Connection) { c.Options = []byte(`{"a":"\u0000"}`) },
	} {
		spoiled := connection
		spoil(&spoiled)
		refused("connection, "+name, f.s.CreateConnection(f.ctx, spoiled, action))
	}
	refused("connection, long action", f.s.CreateConnection(f.ctx, connection, other))
	if err := f.s.CreateConnection(f.ctx, connection, action); err != nil {
		f.t.Fatal(err)
	}
	broken := connection
	broken.Options = []byte(`{"a":"\u0000"}`)
	refused("changed connection, options with escaped NUL", f.s.UpdateConnection(f.ctx, connection, broken, action))
	refused("changed connection, long action", f.s.UpdateConnection(f.ctx, connection, connection, other))
	_, err := f.s.CreateTenant(f.ctx, store.Tenant{Name: long}, action)
	refused("tenant, long name", err)
	_, err = f.s.CreateTenant(f.ctx, store.Tenant{Name: "b"}, other)
	refused("tenant, long action", err)
	token := store.Token{Prefix: long, Tenant: f.tenant, Connection: connection.ID, Hash: []byte{1}}
	refused("token, long prefix", f.s.CreateToken(f.ctx, token, action))
	token.Prefix = "p"
	refused("token, long action", f.s.CreateToken(f.ctx, token, other))
	token.Scopes = []string{"\x00"}
	refused("token, scope with NUL", f.s.CreateToken(f.ctx, token, action))
}

// signedInAboveCap: who signed in last, and who has not for long, is found among
// more than are probed.
func (f *fixture) signedInAboveCap(size int) {
	f.t.Helper()
	login := func(op store.Op, when int) store.Expr {
		return store.CompareColumn{Column: store.ColumnLastLogin, Op: op, Value: at(when)}
	}
	never := store.Not{Expr: store.PresentColumn{Column: store.ColumnLastLogin}}
	for _, one := range []struct {
		where       store.Expr
		descending  bool
		total       int
		first, last string
	}{
		{nil, false, size, "user-000", ""},
		{login(store.GreaterOrEqual, 9900), true, 50, "user-10047", "user-9900"},
		{store.And{login(store.Less, 9), login(store.GreaterOrEqual, 0)}, false, 3, "user-000", "user-006"},
		{store.And{never, login(store.Less, 9)}, false, 0, "", ""},
		{never, true, size - size/3, "", ""},
	} {
		for _, known := range []*int{nil, &one.total} {
			query := store.Query{Types: of(user, one.where), Sort: store.Sort{Column: store.ColumnLastLogin, Descending: one.descending}, Total: known, Frequent: known != nil, Limit: 10}
			page := f.query(query)
			if page.Total != one.total {
				f.t.Errorf("signed in, %+v: total %d, want %d", one.where, page.Total, one.total)
			}
			if one.first != "" && page.Records[0].Name != one.first {
				f.t.Errorf("signed in, %+v: first %s, want %s", one.where, page.Records[0].Name, one.first)
			}
			query.Limit = size
			if page := f.query(query); len(page.Records) != one.total || one.last != "" && page.Records[one.total-1].Name != one.last {
				f.t.Errorf("signed in, %+v: %d records, want %d to %s", one.where, len(page.Records), one.total, one.last)
			}
		}
	}
}
