package rest

import (
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// searchURN is the schema of a search request (RFC 7644 section 3.4.3).
const searchURN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

func (f *face) query(types []*schema.ResourceType) echo.HandlerFunc {
	return func(c echo.Context) error {
		p, err := parameters(c.Request())
		if err != nil {
			return err
		}
		return inURI(f.list(c, types, p.search))
	}
}

// inURI is the answer to a filter that carried a secret in the URI of a GET:
// the client is told that it gave it away (RFC 7644 section 7.5.2).
func inURI(err error) error {
	if refused, ok := fault.As(err); ok && refused.Confidential {
		return fault.New(fault.Sensitive, "%s; what it is compared with must not be sent in a URI", refused.Detail)
	}
	return err
}

func (f *face) search(types []*schema.ResourceType) echo.HandlerFunc {
	return func(c echo.Context) error {
		body, err := limited(c.Request(), f.Limits.MaxBody)
		if err != nil {
			return err
		}
		search, err := readSearch(body)
		if err != nil {
			return err
		}
		return f.list(c, types, search)
	}
}

func (f *face) list(c echo.Context, types []*schema.ResourceType, search scim.Search) error {
	list, err := f.Provider.Query(c.Request().Context(), f.caller(c), types, search)
	if err != nil {
		return err
	}
	return f.send(c, http.StatusOK, list.WriteTo)
}

// readSearch reads the body of a .search request.
func readSearch(body io.Reader) (scim.Search, error) {
	var request struct {
		Schemas    []string       `json:"schemas"`
		Attributes []string       `json:"attributes"`
		Excluded   []string       `json:"excludedAttributes"`
		Filter     *string        `json:"filter"`
		SortBy     string         `json:"sortBy"`
		SortOrder  string         `json:"sortOrder"`
		StartIndex jsontext.Value `json:"startIndex"`
		Count      jsontext.Value `json:"count"`
		Cursor     *string        `json:"cursor"`
		Members    jsontext.Value `json:"membersCount"`
	}
	if err := json.UnmarshalRead(body, &request, json.MatchCaseInsensitiveNames(true)); err != nil {
		if refused, ok := fault.As(err); ok {
			return scim.Search{}, refused
		}
		return scim.Search{}, fault.New(fault.InvalidSyntax, "the body is not a valid search request: broken JSON, a repeated name or a value of the wrong type")
	}
	if len(request.Schemas) != 1 || !strings.EqualFold(request.Schemas[0], searchURN) {
		return scim.Search{}, fault.New(fault.InvalidSyntax, "schemas must be [%q]", searchURN)
	}
	search := scim.Search{
		SortBy: request.SortBy, SortOrder: request.SortOrder,
		View: scim.View{Attributes: request.Attributes, Excluded: request.Excluded},
	}
	if request.Filter != nil {
		search.Filter, search.HasFilter = *request.Filter, true
	}
	paging := paging{startIndex: given(request.StartIndex), count: given(request.Count), cursor: request.Cursor, membersCount: given(request.Members)}
	if err := paging.settle(&search); err != nil {
		return search, err
	}
	return search, search.View.Check()
}

// given is the text of a value, nil for null and nothing.
func given(v jsontext.Value) *string {
	if len(v) == 0 || v.Kind() == 'n' {
		return nil
	}
	text := string(v)
	return &text
}
