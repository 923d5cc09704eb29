package rest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/scim"
	"rollcall/scim/fault"
)

// discovery holds the documents of RFC 7644 section 4, ready but for the
// location, which depends on how the server is reached.
type discovery struct {
	config  json.RawMessage
	types   []document
	schemas []document
}

type document struct{ id, body string }

func newDiscovery(o Options, v variant) *discovery {
	d := &discovery{config: serviceProviderConfig(o, v)}
	for _, t := range o.Provider.Types().Types() {
		d.types = append(d.types, document{t.Name, compact(t.JSON)})
	}
	for _, s := range o.Provider.Types().Documents() {
		d.schemas = append(d.schemas, document{s.URN, compact(v.schemaOf(s))})
	}
	return d
}

// compact renders a document without its closing brace, for meta to follow.
func compact(raw json.RawMessage) string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		panic("a schema document that was loaded is not JSON: " + err.Error())
	}
	delete(fields, "meta")
	out, err := json.Marshal(fields)
	if err != nil {
		panic("a schema document that was loaded cannot be rendered: " + err.Error())
	}
	return strings.TrimSuffix(string(out), "}")
}

func serviceProviderConfig(o Options, v variant) json.RawMessage {
	supported := map[string]any{"supported": true}
	config := map[string]any{
		"schemas":        []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":          supported,
		"bulk":           map[string]any{"supported": true, "maxOperations": o.Provider.MaxBulk(), "maxPayloadSize": o.Limits.MaxBulkBody},
		"filter":         map[string]any{"supported": true, "maxResults": o.Provider.MaxPage()},
		"changePassword": supported,
		// RFC 9865 section 4. Index came first and stays the default.
		"pagination": map[string]any{
			"cursor": true, "index": true, "defaultPaginationMethod": "index",
			"defaultPageSize": o.Provider.DefaultPage(), "maxPageSize": o.Provider.MaxPage(),
			"cursorTimeout": int64(o.Provider.CursorTimeout().Seconds()),
		},
		"sort": supported,
		"etag": supported,
		"authenticationSchemes": []map[string]any{{
			"type": "oauthbearertoken", "name": "OAuth Bearer Token",
			"description": "Authentication with a bearer token in the Authorization header (RFC 6750).",
			"specUri":     "https://www.rfc-editor.org/info/rfc6750", "primary": true,
		}},
	}
	if events := securityEvents(o); events != nil {
		config["securityEvents"] = events
	}
	v.adapt(config)
	out, err := json.Marshal(config)
	if err != nil {
		panic("render ServiceProviderConfig: " + err.Error())
	}
	return out
}

// securityEvents is nil where no events are offered (RFC 9967 section 4).
func securityEvents(o Options) map[string]any {
	if o.Async == nil && len(o.EventURIs) == 0 {
		return nil
	}
	asynchronous := "none"
	if o.Async != nil {
		asynchronous = "request"
	}
	return map[string]any{"asyncRequest": asynchronous, "eventUris": append([]string{}, o.EventURIs...)}
}

func (f *face) serviceProviderConfig(c echo.Context) error {
	body := strings.TrimSuffix(string(f.discoveryFor(c).config), "}")
	return f.sendDocument(c, body+located(c, f, "ServiceProviderConfig", "/ServiceProviderConfig"))
}

func (f *face) resourceTypes(c echo.Context) error {
	return f.sendDocuments(c, "ResourceType", "/ResourceTypes/", f.discoveryFor(c).types)
}

func (f *face) schemas(c echo.Context) error {
	return f.sendDocuments(c, "Schema", "/Schemas/", f.discoveryFor(c).schemas)
}

func (f *face) resourceType(c echo.Context) error {
	return f.sendNamed(c, "ResourceType", "/ResourceTypes/", f.discoveryFor(c).types, parameter(c, "name"))
}

func (f *face) schema(c echo.Context) error {
	return f.sendNamed(c, "Schema", "/Schemas/", f.discoveryFor(c).schemas, parameter(c, "urn"))
}

// located renders the member meta and closes the document.
func located(c echo.Context, f *face, kind, path string) string {
	location, _ := json.Marshal(f.base(c) + path)
	return `,"meta":{"resourceType":"` + kind + `","location":` + string(location) + `}}`
}

func (f *face) sendNamed(c echo.Context, kind, path string, from []document, id string) error {
	for _, d := range from {
		if strings.EqualFold(d.id, id) {
			return f.sendDocument(c, d.body+located(c, f, kind, path+d.id))
		}
	}
	return fault.NotFound("there is no %s of this name", kind)
}

func (f *face) sendDocuments(c echo.Context, kind, path string, from []document) error {
	if p, err := parameters(c.Request()); err == nil && p.search.HasFilter {
		return fault.Plain(http.StatusForbidden, "discovery endpoints do not take a filter (RFC 7644 section 4)")
	}
	var out strings.Builder
	count, _ := json.Marshal(len(from))
	out.WriteString(`{"schemas":["` + scim.ListURN + `"],"totalResults":` + string(count) + `,"startIndex":1,"itemsPerPage":` + string(count) + `,"Resources":[`)
	for i, d := range from {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(d.body + located(c, f, kind, path+d.id))
	}
	out.WriteString("]}")
	return f.sendDocument(c, out.String())
}

func (f *face) sendDocument(c echo.Context, body string) error {
	return f.send(c, http.StatusOK, func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, body)
		return err
	})
}
