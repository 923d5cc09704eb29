package conformance

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// estate is a tenant with one of everything that a path or a form can name.
type estate struct {
	*office
	t *testing.T
	// name is in the name of everything: who sees it elsewhere sees too much.
	name string
	// owner is signed in, and by is somebody of each role.
	owner *browser
	by    map[operator.Role]*browser
	// inspected is a connection whose requests are remembered.
	inspected *server
	// ids are those of the objects, by the parts of paths that name them.
	ids map[string]string
}

// unheard is where nobody listens.
const unheard = "http://127.0.0.1:9"

// estate makes a tenant and fills it.
func (o *office) estate(t *testing.T, name string) *estate {
	t.Helper()
	made := o.ask(t, 201, "POST", "/tenants", `{"name":"`+name+`","scopes":["admin:read","admin:write","scim:read","scim:write","signins:report","roles:write"]}`)
	at := *o.server
	at.Token = made["token"].(map[string]any)["token"].(string)
	o = &office{&at}
	e := &estate{o, t, "of-the-" + name, nil, map[operator.Role]*browser{}, nil, map[string]string{":type": "Group", ":kind": "suspendedUntil", ":decision": "block", ":action": "activate", "/receivers/new": "/receivers/new?kind=webhook"}}
	for _, role := range operator.Roles() {
		e.by[role] = o.signIn(t, o.operator(t, e.name+" "+string(role), role))
	}
	e.owner = e.by[operator.Owner]
	e.people()
	e.settings()
	other := o.operator(t, e.name, operator.Auditor)
	o.signIn(t, other)
	e.ids["/operators/:id"] = other
	for _, one := range o.ask(t, 200, "GET", "/sessions?operator="+other, "")["sessions"].([]any) {
		e.ids["/sessions/:id"] = one.(map[string]any)["id"].(string)
	}
	return e
}

// scim is the protocol as the token of the tenant uses it.
func (e *estate) scim() *server {
	at := *e.server
	at.Base = strings.TrimSuffix(e.Base, "/api/v1") + "/scim/v2"
	return &at
}

// people are a user with a timer, a group, one that is deleted, and what was done
// to many.
func (e *estate) people() {
	e.t.Helper()
	t, o := e.t, e.office
	user := o.local(t, "eve", `"displayName":"`+e.name+`"`)
	scim := e.scim()
	e.ids["/users/:id"], e.ids["/groups/:id"] = user, scim.group(t, e.name, user)
	gone := scim.group(t, e.name+" gone")
	scim.want(t, 204, "DELETE", "/Groups/"+gone, "")
	e.ids["/deleted/:type/:id"] = "/deleted/Group/" + gone
	o.act(t, 200, user, "suspend", `{"reason":"`+e.name+`","until":"2090-01-01T00:00:00Z"}`)
	e.ids["/batches/:id"] = o.ask(t, 202, "POST", "/batches", `{"action":"lock","reason":"`+e.name+`","confirm":1,"selection":{"ids":["`+user+`"]}}`)["id"].(string)
	e.owner.over(t, "/batches/"+e.ids["/batches/:id"])
	sent, _ := e.owner.upload(t, "userName\nnew\n")
	e.ids["/imports/:id"] = strings.TrimPrefix(to(sent), "/imports/")
	dry, _ := e.owner.submit(t, to(sent)+"/preview", url.Values{"column0": {"userName"}})
	e.owner.over(t, to(dry))
	e.ids["/batches/:id/import"] = to(dry) + "/import"
	e.owner.done(t, "/views", url.Values{"name": {e.name}}, "The view was saved.")
	_, body := e.owner.open(t, "/users")
	paths := viewPaths(body)
	if len(paths) != 1 {
		t.Fatalf("views: %v", paths)
	}
	e.ids["/views/:id"] = strings.TrimSuffix(strings.TrimPrefix(paths[0], "/views/"), "/delete")
}

// settings are a connection that was used, and a receiver.
func (e *estate) settings() {
	e.t.Helper()
	t, o := e.t, e.office
	connection := o.ask(t, 201, "POST", "/connections", `{"name":"`+e.name+`","kind":"okta","options":{"inspect":true}}`)
	e.ids["/connections/:id"] = connection["id"].(string)
	token := o.ask(t, 201, "POST", "/tokens", `{"connection":"`+e.name+`","scopes":["scim:read","scim:write"]}`)
	e.ids[":prefix"] = token["prefix"].(string)
	e.inspected = e.scim()
	e.inspected.Token = token["token"].(string)
	e.inspected.want(t, 200, "GET", "/Users?count=0", "")
	e.ids[":number"] = fmt.Sprint(o.remembered(t, "/connections/"+e.name+"/requests", 1)[0]["position"])
	e.ids["/receivers/:id"] = o.ask(t, 201, "POST", "/receivers", `{"name":"`+e.name+`","kind":"webhook","url":"`+unheard+`","events":["guard:alert"]}`)["id"].(string)
}

// path is that of a route, with what is in the estate.
func (e *estate) path(route string) string {
	e.t.Helper()
	_, path, _ := strings.Cut(route, " ")
	for _, whole := range []string{"/batches/:id/import", "/deleted/:type/:id", "/receivers/new"} {
		if rest, ok := strings.CutPrefix(path, whole); ok {
			return e.ids[whole] + rest
		}
	}
	for part, id := range e.ids {
		if strings.HasSuffix(part, "/:id") && strings.HasPrefix(path, part) {
			path = strings.Replace(path, ":id", id, 1)
		}
	}
	for part, id := range e.ids {
		if part[0] == ':' {
			path = strings.Replace(path, part, id, 1)
		}
	}
	if strings.Contains(path, ":") {
		e.t.Fatalf("%s: nothing in the estate is like this", path)
	}
	return path
}

// picture is all that forms can change, as text.
func (e *estate) picture() string {
	e.t.Helper()
	t, o := e.t, e.office
	all := []any{}
	for _, path := range []string{"/audit", "/connections", "/receivers", "/policy", "/batches", "/connections/default/guard"} {
		all = append(all, path, o.ask(t, 200, "GET", path, ""))
	}
	for _, path := range []string{"/Users", "/Groups"} {
		all = append(all, path, e.scim().want(t, 200, "GET", path, ""))
	}
	for _, one := range o.ask(t, 200, "GET", "/sessions", "")["sessions"].([]any) {
		all = append(all, one.(map[string]any)["id"])
	}
	_, body := e.owner.open(t, "/users")
	text, err := json.MarshalIndent(append(all, viewPaths(body)), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
