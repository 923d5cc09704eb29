package conformance

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"rollcall/internal/app"
	"rollcall/internal/trial"
	"rollcall/store"
)

// restarts is one database that is served with one definition after another.
type restarts struct {
	t        *testing.T
	database string
}

func onEachRestarted(t *testing.T, test func(t *testing.T, r *restarts)) {
	t.Helper()
	onEachDatabase(t, func(t *testing.T, database string) {
		t.Helper()
		test(t, &restarts{t: t, database: database})
	})
}

// with serves for as long as use takes.
func (r *restarts) with(schemas string, use func(s *server)) {
	r.t.Helper()
	running, err := trial.Start(r.t.Context(), trial.Options{Database: r.database, Schemas: schemas})
	if err != nil {
		r.t.Fatalf("does not start: %v", err)
	}
	defer func() {
		if err := running.Stop(); err != nil {
			r.t.Errorf("stop: %v", err)
		}
	}()
	use(&server{Base: running.SCIM, Token: trial.Token})
}

// refused is what a start says that must fail. It must not name a value.
func (r *restarts) refused(schemas string, says ...string) {
	r.t.Helper()
	running, err := trial.Start(r.t.Context(), trial.Options{Database: r.database, Schemas: schemas})
	if err == nil {
		_ = running.Stop()
		r.t.Fatalf("it starts; it should say %q", says)
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			r.t.Errorf("%q does not say %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "hush") {
		r.t.Errorf("%q holds a value", err)
	}
}

// beside looks into the database while nobody serves.
func (r *restarts) beside(use func(store.Store)) {
	r.t.Helper()
	opened, err := app.OpenStore(r.t.Context(), r.database)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	use(opened)
}

// box renders the documents of a type Box. Each attribute is given as a name
// and, divided by commas, the characteristics that are not the plain ones.
func box(t *testing.T, attributes ...string) string {
	t.Helper()
	return writeSchemas(t, map[string]string{
		"box.schema.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Box","name":"Box","attributes":[` + plainAttributes(attributes...) + `]}`,
		"box.type.json":   `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"Box","endpoint":"/Boxes","schema":"urn:example:Box"}`,
	})
}

func plainAttributes(attributes ...string) string {
	var list []string
	for _, attribute := range attributes {
		name, more, _ := strings.Cut(attribute, " ")
		set := map[string]string{"multiValued": "false", "required": "false", "caseExact": "false", "uniqueness": `"none"`, "returned": `"default"`, "mutability": `"readWrite"`, "type": `"string"`}
		for _, one := range strings.Fields(more) {
			key, value, _ := strings.Cut(one, "=")
			set[key] = value
		}
		text := `{"name":"` + name + `"`
		for key, value := range set {
			text += `,"` + key + `":` + value
		}
		list = append(list, text+"}")
	}
	return strings.Join(list, ",")
}

func boxBody(more string) string { return `{"schemas":["urn:example:Box"],` + more + `}` }

// TestRedefinition holds what a start does with definitions that changed while
// resources exist.
func TestRedefinition(t *testing.T) {
	t.Parallel()
	const (
		name    = `name required=true uniqueness="server"`
		serial  = `serial caseExact=true`
		list    = `list multiValued=true`
		integer = `size type="integer"`
	)
	first := box(t, name, `kind`, serial, list, integer, `extra`)
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		ids, versions := map[string]string{}, map[string]any{}
		boxes := func(s *server, filter string) string {
			t.Helper()
			return s.labels(t, "name", "/Boxes?sortBy=name&"+filterQuery(filter))
		}
		r.with(first, func(s *server) {
			for name, more := range map[string]string{
				"one":   `"kind":"Red","serial":"hush-x","list":["a","B"],"size":1,"extra":"hush"`,
				"two":   `"kind":"red","serial":"hush-X","list":["hush-c"]`,
				"three": `"kind":"blue","serial":"hush-y"`,
				"four":  `"kind":"Red"`,
			} {
				created := s.want(t, 201, "POST", "/Boxes", boxBody(`"name":"`+name+`",`+more))
				ids[name], versions[name] = created["id"].(string), created["meta"].(map[string]any)["version"]
			}
			if got := boxes(s, `kind eq "RED"`); got != "four one two" {
				t.Errorf("finds %s", got)
			}
		})
		same := func(s *server) {
			t.Helper()
			for name, id := range ids {
				report(t, map[string]any{"name": name, "meta": map[string]any{"version": versions[name]}}, s.want(t, 200, "GET", "/Boxes/"+id, ""))
			}
		}
		t.Run("SCH what does not fit is refused and named", func(t *testing.T) {
			for _, tc := range []struct {
				attributes []string
				says       []string
			}{
				{[]string{name, `kind`, serial, list, integer}, []string{"Box", "extra: no longer defined (in 1: " + ids["one"]}},
				{[]string{name, `kind`, serial, list, integer, `extra required=true`}, []string{"extra: now required, and missing (in 3: "}},
				{[]string{name, `kind`, serial, list, integer, `extra`, `more required=true`}, []string{"more: now required, and missing (in 4: "}},
				{[]string{name, `kind`, serial, `list`, integer, `extra`}, []string{"list: now single-valued, and a list is stored (in 2: "}},
				{[]string{name, `kind multiValued=true`, serial, list, integer, `extra`}, []string{"kind: now multi-valued, and a single value is stored (in 4: "}},
				{[]string{name, `kind type="boolean"`, serial, list, integer, `extra`}, []string{"kind: the value must be true or false (in 4: "}},
				{[]string{name, `kind`, serial, list, `size`, `extra`}, []string{"size: the value must be a string (in 1: " + ids["one"]}},
				{[]string{name, `kind`, `serial uniqueness="server"`, list, integer, `extra`}, []string{"serial: now unique, and shared with another (in 2: ", ids["one"], ids["two"]}},
				{[]string{name, `kind uniqueness="server"`, serial, list, integer, `extra`}, []string{"kind: now unique, and shared with another (in 3: "}},
				{[]string{`name`, `kind required=true uniqueness="server"`, serial, list, integer, `extra`}, []string{"kind: now unique, and shared with another (in 3: "}},
			} {
				r.refused(box(t, tc.attributes...), tc.says...)
			}
			r.refused("", "resource type Box is no longer defined and has 4 resources")
			r.refused(writeSchemas(t, map[string]string{
				"x.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:X","name":"X","attributes":[` + plainAttributes(name) + `]}`,
				"y.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"Box","endpoint":"/Boxes","schema":"urn:example:X"}`,
			}), "schemas: the schema of the resource type is now urn:example:X (in 4: ", "kind: no longer defined")
			r.with(first, func(s *server) {
				same(s)
				if got := boxes(s, `kind eq "RED"`); got != "four one two" {
					t.Errorf("after refusals: finds %s", got)
				}
			})
		})
		t.Run("SCH what fits is taken, and derived anew without a new version", func(t *testing.T) {
			r.with(box(t, name, `kind caseExact=true`, `serial caseExact=true uniqueness="server"`, list, integer, `extra`, `more`), func(s *server) {
				same(s)
				if got := boxes(s, `kind eq "Red"`); got != "four one" {
					t.Errorf("caseExact: finds %s", got)
				}
				if got := boxes(s, `list eq "b"`); got != "one" {
					t.Errorf("finds %s", got)
				}
				s.want(t, 409, "POST", "/Boxes", boxBody(`"name":"five","serial":"hush-x"`))
				s.want(t, 201, "POST", "/Boxes", boxBody(`"name":"five","serial":"HUSH-X","more":"m"`))
			})
			// Back, with another attribute hidden and without what nobody has.
			r.with(box(t, name, `kind`, serial, list, `extra`, `more`, `size type="integer" returned="never"`), func(s *server) {
				same(s)
				if got := boxes(s, `kind eq "RED"`); got != "four one two" {
					t.Errorf("finds %s", got)
				}
				s.want(t, 403, "GET", "/Boxes?"+filterQuery("size eq 1"), "")
				s.want(t, 201, "POST", "/Boxes", boxBody(`"name":"six","serial":"hush-x"`))
			})
		})
		t.Run("SCH types go when nothing is left of them", func(t *testing.T) {
			r.with(box(t, name, `kind`, serial, list, integer, `extra`, `more`), func(s *server) {
				for _, one := range s.want(t, 200, "GET", "/Boxes", "")["Resources"].([]any) {
					s.want(t, 204, "DELETE", "/Boxes/"+one.(map[string]any)["id"].(string), "")
				}
			})
			r.refused("", "resource type Box is no longer defined and has 6 deleted resources that can be restored until ")
		})
	})
}

// TestRedefinitionOfNames holds a change of the attribute that names resources:
// what names one now named another one before.
func TestRedefinitionOfNames(t *testing.T) {
	t.Parallel()
	const unique = ` required=true uniqueness="server"`
	before, after := box(t, `a`+unique, `b required=true`), box(t, `b`+unique, `a required=true`)
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		const count = 250
		r.with(before, func(s *server) {
			for n := range count {
				s.want(t, 201, "POST", "/Boxes", boxBody(fmt.Sprintf(`"a":"n%d","b":"n%d"`, n, (n+1)%count)))
			}
		})
		r.with(after, func(s *server) {
			report(t, map[string]any{"totalResults": 1.0, "Resources": []any{map[string]any{"a": "n6"}}}, s.want(t, 200, "GET", "/Boxes?"+filterQuery(`b eq "N7"`), ""))
			s.want(t, 409, "POST", "/Boxes", boxBody(`"a":"x","b":"n7"`))
			s.want(t, 201, "POST", "/Boxes", boxBody(`"a":"n7","b":"x"`))
		})
		r.refused(before, "a: now unique, and shared with another (in 2: ")
	})
}

// TestRedefinitionOfUsers holds an extension that becomes required, and the
// first start on a database of a release that stored no definitions.
func TestRedefinitionOfUsers(t *testing.T) {
	t.Parallel()
	extension := func(required, site string) string {
		return writeSchemas(t, map[string]string{
			"must.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Must","name":"Must","attributes":[` + plainAttributes(site) + `]}`,
			"user.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"User","schemaExtensions":[{"schema":"urn:example:Must","required":` + required + `}]}`,
		})
	}
	free, must := extension("false", "site"), extension("true", "site required=true")
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		var id string
		r.with("", func(s *server) { id = s.user(t, "old") })
		r.beside(func(s store.Store) {
			err := s.Redefine(t.Context(), func(ctx context.Context, work store.Redefinition) error {
				for _, typ := range []string{"User", "Group"} {
					if err := work.DropDefinition(ctx, typ); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
		r.with("", func(s *server) { s.want(t, 200, "GET", "/Users/"+id, "") })
		r.refused(must, "User", "urn:example:Must: now required, and missing (in 1: "+id)
		r.with(free, func(s *server) {
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"urn:example:Must:site","value":"hush"}`))
		})
		r.with(must, func(s *server) { s.want(t, 400, "POST", "/Users", `{`+userSchemas+`,"userName":"x"}`) })
		r.refused("", "urn:example:Must: no longer defined (in 1: "+id)
	})
}

// TestRedefinitionBySeveral holds copies that start at once with new
// definitions.
func TestRedefinitionBySeveral(t *testing.T) {
	t.Parallel()
	before, after := box(t, `name required=true uniqueness="server"`, `kind`), box(t, `name required=true uniqueness="server"`, `kind caseExact=true uniqueness="server"`)
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		r.with(before, func(s *server) {
			for n := range 220 {
				s.want(t, 201, "POST", "/Boxes", boxBody(fmt.Sprintf(`"name":"n%d","kind":"K%d"`, n, n)))
			}
		})
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				running, err := trial.Start(t.Context(), trial.Options{Database: r.database, Schemas: after})
				if err != nil {
					t.Errorf("does not start: %v", err)
					return
				}
				defer func() { _ = running.Stop() }()
				s := &server{Base: running.SCIM, Token: trial.Token}
				if status, _, list := s.do(t, "GET", "/Boxes?"+filterQuery(`kind eq "K7" or kind eq "k8"`), ""); status != http.StatusOK || list["totalResults"] != 1.0 {
					t.Errorf("status %d: %s", status, brief(list))
				}
			})
		}
		group.Wait()
	})
}

// TestRedefinitionIsKilled kills a start while it indexes anew. Whatever comes
// next, the earlier definition or the new one, finds everything in order.
func TestRedefinitionIsKilled(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "rollcall")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "rollcall/cmd/rollcall").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	const name = `name required=true uniqueness="server"`
	before, after := box(t, name, `kind`, `serial`), box(t, name, `kind caseExact=true`, `serial uniqueness="server"`)
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		const count = 450
		r.with(before, func(s *server) {
			for n := range count {
				s.want(t, 201, "POST", "/Boxes", boxBody(fmt.Sprintf(`"name":"n%d","kind":"K","serial":"S%d"`, n, n)))
			}
		})
		check := func(s *server, kind string, want float64, status int, serial string) {
			t.Helper()
			if list := s.want(t, 200, "GET", "/Boxes?count=1&"+filterQuery(`kind eq "`+kind+`"`), ""); list["totalResults"] != want {
				t.Errorf("kind eq %s finds %v, want %v", kind, list["totalResults"], want)
			}
			if got, _, _ := s.do(t, "POST", "/Boxes", boxBody(`"name":"`+serial+kind+`","kind":"K","serial":"`+serial+`"`)); got != status {
				t.Errorf("another %s: status %d, want %d", serial, got, status)
			}
		}
		killIndexing(t, program, r.database, after)
		r.with(before, func(s *server) {
			check(s, "k", count, 201, "T1")
			check(s, "K", count+1, 201, "T2")
		})
		killIndexing(t, program, r.database, after)
		r.with(after, func(s *server) {
			check(s, "k", 0, 409, "s17")
			check(s, "K", count+2, 409, "t2")
		})
	})
}

// killIndexing starts a server and kills it as soon as it says that it indexes.
func killIndexing(t *testing.T, program, database, schemas string) {
	t.Helper()
	cmd := exec.Command(program, "serve", "--listen=127.0.0.1:0", "--database", database, "--schemas", schemas)
	cmd.Env = append(os.Environ(), "ROLLCALL_BOOTSTRAP_TOKEN="+trial.Token)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if !killed && strings.Contains(lines.Text(), "indexing resources anew") {
			killed = true
			_ = cmd.Process.Kill()
		}
		if strings.Contains(lines.Text(), "resources are indexed") {
			t.Log("it was done before it was killed")
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if !killed {
		t.Error("it does not index anew")
	}
}

// TestRedefinitionKeepsWhatConnectionsTake: values that are taken from some
// connections only are no reason to refuse a start.
func TestRedefinitionKeepsWhatConnectionsTake(t *testing.T) {
	t.Parallel()
	extended := func(code string) string {
		return writeSchemas(t, map[string]string{
			"x.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Place","name":"Place","attributes":[` + plainAttributes(code) + `]}`,
			"y.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"User","endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User",
				"schemaExtensions":[{"schema":"urn:example:Place","required":false}]}`,
		})
	}
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		var id string
		r.with(extended(`code`), func(s *server) {
			id = s.user(t, "somebody", `"addresses":[{"country":"Germany"}],"locale":"english","timezone":"CET+1","preferredLanguage":"??","x509Certificates":[{"value":"QUJD"}],"urn:example:Place":{"code":"A1"}`)
		})
		r.with(extended(`code caseExact=true`), func(s *server) {
			for filter, want := range map[string]float64{`urn:example:Place:code eq "A1"`: 1, `urn:example:Place:code eq "a1"`: 0} {
				if list := s.want(t, 200, "GET", "/Users?"+filterQuery(filter), ""); list["totalResults"] != want {
					t.Errorf("%s: %s", filter, brief(list))
				}
			}
			report(t, map[string]any{"locale": "english", "addresses": []any{map[string]any{"country": "Germany"}}}, s.want(t, 200, "GET", "/Users/"+id, ""))
		})
	})
}
