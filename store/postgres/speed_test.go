package postgres

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
	"strings"
	"os"

	"github.com/google/uuid"
	"rollcall/internal/testpg"
	"rollcall/store"
)

func TestSpeed(t *testing.T) {
	if os.Getenv("SPEED") == "" { t.Skip() }
	ctx := context.Background()
	c, err := testpg.Start(ctx, testpg.Options{Durable: true, Settings: map[string]string{"shared_buffers": "512MB"}})
	if err != nil { t.Fatal(err) }
	defer c.Stop()
	u, _ := c.CreateDatabase(ctx, "x")
	s, _ := Open(ctx, u, Options{MaxConns: 32})
	defer s.Close()
	if err := s.Migrate(ctx); err != nil { t.Fatal(err) }
	s.pool.Exec(ctx, "CREATE TABLE floor (LIKE resource INCLUDING ALL)")
	doc := []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"x":"` + strings.Repeat("abcd efgh ", 130) + `"}`)
	mk := func(n int64) *store.Create {
		now := time.Now()
		return &store.Create{Record: store.Record{Key: store.Key{Tenant: 1, Type: "User", ID: uuid.Must(uuid.NewV7())}, Name: fmt.Sprintf("user%d-%d", n, now.UnixNano()), ExternalID: fmt.Sprint("e", n), SortName: "Some Name", Label: "Some Name", Created: now, Modified: now, Document: doc,
			Index: fmt.Appendf(nil, `{"name":{"familyname":"f%d","givenname":"g%d"},"department":"d%d","title":"t","emails":[{"type":"work","value":"u%d@x.org"},{"type":"home","value":"h%d@x.org"}]}`, n, n%100, n%50, n, n),
			Facts: store.Facts{Stage: "enrolled"}},
			Trail: store.Trail{Audit: store.Audit{At: now, ActorKind: "connection", ActorID: "c", Action: "user.create", RequestID: "r"}, Events: []store.Event{{Type: "prov:create", Payload: []byte(`{"id":"x","attributes":["userName","emails"]}`)}}}}
	}
	par := func(name string, total int, f func(n int64) error) {
		var wg sync.WaitGroup
		start := time.Now()
		for w := range 32 {
			wg.Go(func() {
				for i := range total / 32 {
					if err := f(int64(w*1000000 + i)); err != nil { t.Error(err); return }
				}
			})
		}
		wg.Wait()
		fmt.Printf("%s %.0f/s\n", name, float64(total)/time.Since(start).Seconds())
	}
	var mu sync.Mutex
	var keys []store.Key
	for range 3 {
		par("floor insert", 16000, func(n int64) error {
			r := mk(n).Record
			_, err := s.pool.Exec(ctx, `INSERT INTO floor (tenant, type, id, uniq, external_id, sort_name, label, created, modified, stage, suspended_until, suspensions, doc, idx, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)`, int64(r.Tenant), r.Type, id(r.ID), r.Name, r.ExternalID, r.SortName, r.Label, r.Created, r.Modified, "enrolled", nil, nil, doc, nestIndex(r.Key, r.Index))
			return err
		})
		par("create", 16000, func(n int64) error {
			ch := mk(n)
			mu.Lock(); keys = append(keys, ch.Record.Key); mu.Unlock()
			_, err := s.Commit(ctx, []store.Change{ch})
			return err
		})
	}
	for range 2 {
		par("floor get", 64000, func(n int64) error {
			k := keys[int(n*7)%len(keys)]
			var d []byte
			return s.pool.QueryRow(ctx, "SELECT doc FROM resource WHERE tenant = $1 AND type = $2 AND id = $3", int64(k.Tenant), k.Type, id(k.ID)).Scan(&d)
		})
		par("get", 64000, func(n int64) error { _, err := s.Get(ctx, keys[int(n*7)%len(keys)], 0); return err })
		par("get groups", 64000, func(n int64) error { _, err := s.Get(ctx, keys[int(n*7)%len(keys)], store.WithGroups); return err })
	}
	one := time.Now()
	for i := range 2000 { s.Commit(ctx, []store.Change{mk(int64(i))}) }
	fmt.Printf("single creates %v each\n", time.Since(one)/2000)
	var ch []store.Change
	for i := range 1000 { ch = append(ch, mk(int64(i))) }
	one = time.Now()
	if _, err := s.Commit(ctx, ch); err != nil { t.Error(err) }
	fmt.Printf("bulk 1000 %v\n", time.Since(one))
	// groups
	var big []uuid.UUID
	for _, k := range keys { big = append(big, k.ID) }
	for _, size := range []int{10, len(big)} {
		g := store.Key{Tenant: 1, Type: "Group", ID: uuid.New()}
		one = time.Now()
		if _, err := s.Commit(ctx, []store.Change{&store.Create{Record: store.Record{Key: g, Document: []byte("{}")}, Members: big[:size-1], MemberTypes: []string{"User","Group"}}}); err != nil { t.Error(err) }
		fmt.Println("make group", size, time.Since(one))
		var d time.Duration
		for range 200 {
			for _, m := range []store.MemberChange{{Add: big[len(big)-1:]}, {Remove: big[len(big)-1:]}} {
				one = time.Now()
				if _, err := s.Commit(ctx, []store.Change{&store.Update{Key: g, Members: m, MemberTypes: []string{"User","Group"}}}); err != nil { t.Error(err) }
				d += time.Since(one)
			}
		}
		fmt.Println("add/remove one", size, d/400)
		one = time.Now()
		n := 0
		for range s.Members(ctx, 1, []uuid.UUID{g.ID}) { n++ }
		fmt.Println("members", n, time.Since(one))
		one = time.Now()
		if _, err := s.Commit(ctx, []store.Change{&store.Update{Key: g, Members: store.MemberChange{Replace: true, Add: big[1:size]}, MemberTypes: []string{"User","Group"}}}); err != nil { t.Error(err) }
		fmt.Println("replace", size, time.Since(one))
	}
	for name, w := range map[string]store.Expr{"email": store.Element{Path: emails, Where: store.And{store.Compare{Path: plain("type"), Value: "work"}, store.Compare{Path: plain("value"), Value: "u7@x.org"}}},
		"name": store.CompareColumn{Column: store.ColumnName, Value: "x"}, "none": nil, "dept": store.Compare{Path: plain("department"), Value: "d7"}, "contains": store.Compare{Path: store.Path{{Name:"name"},{Name:"familyname"}}, Op: store.Contains, Value: "77"}, "not active": store.Not{Expr: store.Active{}}} {
		one = time.Now()
		var p store.Page
		for range 20 { p, err = s.Query(ctx, store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: "User", Where: w}}, Limit: 20, Now: time.Now()}); if err != nil { t.Error(err) } }
		fmt.Println("query", name, p.Total, time.Since(one)/20)
	}
}
