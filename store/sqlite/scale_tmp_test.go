package sqlite

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"rollcall/store"
)

func TestScaleTmp(t *testing.T) {
	s, tenant := newStore(t, Options{})
	start := time.Now()
	for b := range 20 {
		var changes []store.Change
		for i := range 2500 {
			n := b*2500 + i
			id := uuid.New()
			changes = append(changes, &store.Create{Record: store.Record{Key: store.Key{Tenant: tenant, Type: "User", ID: id}, Name: fmt.Sprintf("u%06d", n), SortName: fmt.Sprintf("n%d", n*7919%50000),
				Document: []byte(`{"userName":"x","emails":[{"value":"a"}]}`), Created: time.Now(), Modified: time.Now(),
				Facts: store.Facts{Stage: "enrolled"},
				Index: fmt.Appendf(nil, `{"nick":"n%d","title":"engineer","name":{"given":"g%d","family":"f%d"},"emails":[{"value":"u%d@x.com","type":"work","primary":true},{"value":"h%d@y.org","type":"home"}]}`, n, n%100, n, n, n)}})
		}
		if _, err := s.Commit(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("50,000 creates: %v", time.Since(start))
	em := store.Path{{Name: "emails", Multi: true}}
	val := append(em[:1:1], store.Step{Name: "value"})
	v := func(p string) store.Path { return store.Path{{Name: p}} }
	for _, q := range []struct {
		n string
		w store.Expr
		s store.Sort
		o int
	}{
		{"all", nil, store.Sort{}, 0}, {"all by name off 40000", nil, store.Sort{Column: store.ColumnName}, 40000}, {"all by name desc", nil, store.Sort{Column: store.ColumnName, Descending: true}, 0},
		{"mail eq", store.Compare{Path: val, Value: "u777@x.com"}, store.Sort{}, 0},
		{"element", store.Element{Path: em, Where: store.And{store.Compare{Path: v("type"), Value: "work"}, store.Compare{Path: v("value"), Value: "u777@x.com"}}}, store.Sort{}, 0},
		{"mail sw", store.Compare{Path: val, Op: store.StartsWith, Value: "u777"}, store.Sort{}, 0},
		{"mail co", store.Compare{Path: val, Op: store.Contains, Value: "777"}, store.Sort{}, 0},
		{"nick co", store.Compare{Path: v("nick"), Op: store.Contains, Value: "777"}, store.Sort{}, 0},
		{"title eq all", store.Compare{Path: v("title"), Value: "engineer"}, store.Sort{Column: store.ColumnSortName}, 0},
		{"present", store.Present{Path: v("title")}, store.Sort{}, 0},
		{"active", store.Active{}, store.Sort{Column: store.ColumnName}, 0},
		{"not", store.Not{Expr: store.Compare{Path: v("nick"), Value: "x"}}, store.Sort{}, 0},
		{"name eq", store.CompareColumn{Column: store.ColumnName, Value: "u000777"}, store.Sort{}, 0},
		{"given by path", store.Compare{Path: store.Path{{Name: "name"}, {Name: "given"}}, Value: "g7"}, store.Sort{Path: val}, 0},
	} {
		best := time.Hour
		var total int
		for range 3 {
			start := time.Now()
			page, err := s.Query(t.Context(), store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User", Where: q.w}}, Sort: q.s, Offset: q.o, Limit: 100, With: store.WithGroups, Now: time.Now()})
			if err != nil {
				t.Fatal(q.n, err)
			}
			total = page.Total
			best = min(best, time.Since(start))
		}
		t.Logf("%-25s %8d %v", q.n, total, best)
	}
}
