package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"rollcall/internal/auth"
	"rollcall/store"
)

// TestBulkEqualsItsOperations holds that a bulk request does what its
// operations do one by one: the same answers, the same directory, the same
// audit trail and events (BLK-15, BLK-16, BLK-28).
func TestBulkEqualsItsOperations(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		run := 0
		t.Run("BLK-15,16,26,28 ERR-20", func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				run++
				operations := rapid.SliceOfN(rapid.Custom(drawBulkOperation), 1, 14).Draw(rt, "operations")
				for i := range operations {
					operations[i].onlyBackward(i)
				}
				failOn := rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "failOnErrors")
				together := newBulkWorld(t, s, fmt.Sprintf("together-%d", run))
				apart := newBulkWorld(t, s, fmt.Sprintf("apart-%d", run))
				got := together.together(t, operations, failOn)
				want := apart.apart(t, operations, failOn)
				if diff := cmp.Diff(want, got); diff != "" {
					rt.Fatalf("answers of %v (-one by one +bulk):\n%s", operations, diff)
				}
				if diff := cmp.Diff(apart.state(t), together.state(t)); diff != "" {
					rt.Fatalf("directory after %v (-one by one +bulk):\n%s", operations, diff)
				}
			})
		})
	})
}

// bulkOp is an operation on resources that go by name: those that the world
// begins with, and those that earlier operations create ("b0" is made by the
// first operation).
type bulkOp struct {
	Verb, Type, Name, Target, Version string
	Members                           []string
}

func drawBulkOperation(rt *rapid.T) bulkOp {
	op := bulkOp{
		Verb: rapid.SampledFrom([]string{"POST", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE"}).Draw(rt, "verb"),
		Type: rapid.SampledFrom([]string{"Users", "Groups"}).Draw(rt, "type"),
		Name: rapid.SampledFrom([]string{"ann", "Ann", "bob", "cy", "dan", "eve", "eng", ""}).Draw(rt, "name"),
	}
	op.Target = rapid.SampledFrom([]string{"u0", "u1", "g0", "g1", "b0", "b1", "b2", "b3", "nobody"}).Draw(rt, "target")
	op.Version = rapid.SampledFrom([]string{"", "", "", "", `W/"1"`, `W/"2"`, "*"}).Draw(rt, "version")
	op.Members = rapid.SliceOfN(rapid.SampledFrom([]string{"u0", "u1", "g0", "b0", "b1", "b2"}), 0, 3).Draw(rt, "members")
	return op
}

// onlyBackward drops the references that no single request could make: a POST
// that refers to itself or to what comes later, which could be a circle.
func (op *bulkOp) onlyBackward(at int) {
	if op.Verb == "POST" {
		op.Members = slices.DeleteFunc(op.Members, func(name string) bool {
			later, ok := strings.CutPrefix(name, "b")
			return ok && int(later[0]-'0') >= at
		})
	}
}

// bulkWorld is a tenant with two users and two groups.
type bulkWorld struct {
	*server
	tenant store.TenantID
	// ids are the resources by name; an operation that fails leaves an id that
	// nothing has.
	ids map[string]string
}

func newBulkWorld(t *testing.T, s *server, tenant string) *bulkWorld {
	w := &bulkWorld{server: s.another(t, tenant, auth.ScopeSCIMRead, auth.ScopeSCIMWrite), ids: map[string]string{"nobody": uuid.NewString()}}
	found, err := s.Store.Tenant(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	w.tenant = found.ID
	w.ids["u0"], w.ids["u1"] = w.user(t, "ann"), w.user(t, "zoe")
	w.ids["g0"] = w.group(t, "ops", w.ids["u0"])
	w.ids["g1"] = w.group(t, "eng", w.ids["g0"])
	return w
}

// body renders the data of an operation with references as refer spells them.
func (op bulkOp) body(refer func(string) string) string {
	members := []string{}
	for _, name := range op.Members {
		members = append(members, `{"value":"`+refer(name)+`"}`)
	}
	list := "[" + strings.Join(members, ",") + "]"
	switch {
	case op.Verb == "PATCH" && op.Type == "Users":
		return patchOp(`{"op":"replace","path":"userName","value":"` + op.Name + `"}`)
	case op.Verb == "PATCH" && op.Name == "":
		return patchOp(`{"op":"remove","path":"members[value eq \"`+refer("u0")+`\"]"}`, `{"op":"add","path":"members","value":`+list+`}`)
	case op.Verb == "PATCH":
		return patchOp(`{"op":"replace","path":"displayName","value":"`+op.Name+`"}`, `{"op":"add","path":"members","value":`+list+`}`)
	case op.Type == "Users":
		return `{` + userSchemas + `,"userName":"` + op.Name + `","active":` + fmt.Sprint(len(op.Members) > 0) + `}`
	}
	return `{` + groupSchemas + `,"displayName":"` + op.Name + `","members":` + list + `}`
}

// needs are the operations that an operation refers to.
func (op bulkOp) needs() []string {
	body := ""
	if op.Verb != "DELETE" {
		body = op.body(func(name string) string { return "<" + name + ">" })
	}
	var needed []string
	for _, name := range []string{"b0", "b1", "b2", "b3"} {
		if strings.Contains(body, "<"+name+">") || op.Verb != "POST" && op.Target == name {
			needed = append(needed, name)
		}
	}
	return needed
}

// bulkAnswer is what is compared of a result.
type bulkAnswer struct{ Verb, Status, ScimType, Version string }

// plainVersion leaves out of an entity tag what depends on ids.
func plainVersion(tag string) string {
	version, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), "-")
	return version
}

func isPost(operations []bulkOp, name string) bool {
	at, ok := strings.CutPrefix(name, "b")
	return ok && int(at[0]-'0') < len(operations) && operations[at[0]-'0'].Verb == "POST"
}

func (w *bulkWorld) together(t *testing.T, operations []bulkOp, failOn int) []bulkAnswer {
	t.Helper()
	refer := func(name string) string {
		if strings.HasPrefix(name, "b") {
			return "bulkId:" + name
		}
		return w.ids[name]
	}
	var list []string
	for i, op := range operations {
		one := fmt.Sprintf(`{"method":%q,"path":"/%s"`, op.Verb, op.Type)
		if op.Verb == "POST" {
			one += fmt.Sprintf(`,"bulkId":"b%d"`, i)
		} else {
			one = strings.TrimSuffix(one, `"`) + "/" + refer(op.Target) + `"`
			if op.Version != "" {
				one += fmt.Sprintf(`,"version":%q`, op.Version)
			}
		}
		if op.Verb != "DELETE" {
			one += `,"data":` + op.body(refer)
		}
		list = append(list, one+"}")
	}
	answer := w.want(t, http.StatusOK, "POST", "/Bulk", bulkBody(fmt.Sprintf(`"failOnErrors":%d,`, failOn), list...))
	answers := []bulkAnswer{}
	results, _ := answer["Operations"].([]any)
	for _, result := range results {
		result := result.(map[string]any)
		one := bulkAnswer{Verb: result["method"].(string), Status: result["status"].(string)}
		if response, ok := result["response"].(map[string]any); ok {
			one.ScimType, _ = response["scimType"].(string)
		}
		if version, ok := result["version"].(string); ok {
			one.Version = plainVersion(version)
		}
		if id, ok := result["bulkId"].(string); ok && one.Status == "201" {
			location := result["location"].(string)
			w.ids[id] = location[strings.LastIndexByte(location, '/')+1:]
		}
		answers = append(answers, one)
	}
	return answers
}

// apart sends the operations one by one. What only a bulk request can say is
// put in as RFC 7644 section 3.7 has it: 409 for a reference to nothing.
func (w *bulkWorld) apart(t *testing.T, operations []bulkOp, failOn int) []bulkAnswer {
	t.Helper()
	answers, failures := make([]*bulkAnswer, len(operations)), 0
	var send func(i int)
	send = func(i int) {
		op := operations[i]
		answers[i] = &bulkAnswer{} // under way
		needs := op.needs()
		broken := slices.ContainsFunc(needs, func(name string) bool { return !isPost(operations, name) })
		if broken {
			needs = nil // it waits for nothing
		}
		for _, name := range needs {
			at := int(name[1] - '0')
			if answers[at] == nil {
				send(at)
			}
			broken = broken || at != i && w.ids[name] == ""
		}
		if failOn > 0 && failures >= failOn {
			answers[i] = nil
			return
		}
		*answers[i] = bulkAnswer{Verb: op.Verb, Status: "409"}
		if !broken {
			*answers[i] = w.single(t, i, op)
		}
		if answers[i].Status[0] != '2' {
			failures++
		}
	}
	for i := range operations {
		if answers[i] == nil && (failOn == 0 || failures < failOn) {
			send(i)
		}
	}
	out := []bulkAnswer{}
	for _, one := range answers {
		if one != nil {
			out = append(out, *one)
		}
	}
	return out
}

func (w *bulkWorld) single(t *testing.T, i int, op bulkOp) bulkAnswer {
	t.Helper()
	path, body, headers := "/"+op.Type, "", []string{}
	if op.Verb != "POST" {
		path += "/" + w.ids[op.Target]
		if op.Version != "" {
			headers = []string{"If-Match", op.Version}
		}
	}
	if op.Verb != "DELETE" {
		body = op.body(func(name string) string { return w.ids[name] })
	}
	status, header, document := w.do(t, op.Verb, path, body, headers...)
	if status == http.StatusNoContent && op.Verb != "DELETE" {
		status = http.StatusOK
	}
	answer := bulkAnswer{Verb: op.Verb, Status: fmt.Sprint(status), Version: plainVersion(header.Get("ETag"))}
	if status >= 400 {
		answer.ScimType, _ = document["scimType"].(string)
	}
	if op.Verb == "POST" && status == http.StatusCreated {
		w.ids[fmt.Sprintf("b%d", i)] = document["id"].(string)
	}
	return answer
}

// state renders the directory with names for ids, and what was written about
// each resource.
func (w *bulkWorld) state(t *testing.T) []string {
	t.Helper()
	names := map[string]string{}
	for name, id := range w.ids {
		names[id] = name
	}
	var lines []string
	list := w.want(t, http.StatusOK, "GET", "?count=1000", "")
	for _, resource := range list["Resources"].([]any) {
		resource := resource.(map[string]any)
		meta := resource["meta"].(map[string]any)
		related := map[string]bool{}
		for _, attribute := range []string{"members", "groups"} {
			elements, _ := resource[attribute].([]any)
			for _, element := range elements {
				element := element.(map[string]any)
				related[fmt.Sprint(attribute, " ", names[element["value"].(string)], " ", element["type"])] = true
			}
		}
		lines = append(lines, fmt.Sprintf("%v %v%v active=%v version=%v %v", names[resource["id"].(string)], resource["userName"], resource["displayName"],
			resource["active"], plainVersion(meta["version"].(string)), slices.Sorted(maps.Keys(related))))
	}
	for name, id := range w.ids {
		for _, typ := range []string{"User", "Group"} {
			lines = append(lines, w.history(t, name, store.Key{Tenant: w.tenant, Type: typ, ID: uuid.MustParse(id)})...)
		}
	}
	slices.Sort(lines)
	return lines
}

func (w *bulkWorld) history(t *testing.T, name string, key store.Key) (lines []string) {
	t.Helper()
	rows, err := w.Store.AuditOf(t.Context(), key, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		lines = append(lines, fmt.Sprintf("audit %s %s version=%d added=%d removed=%d", name, row.Action, row.Version, len(row.Added), len(row.Removed)))
	}
	events, err := w.Store.EventsOf(t.Context(), key, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		lines = append(lines, fmt.Sprintf("event %s %s version=%d", name, event.Type, event.Version))
	}
	return lines
}
