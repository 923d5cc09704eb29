package rest

import (
	"context"
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
		return f.list(c, types, p.search)
	}
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
	var err error
	if given(request.StartIndex) {
		if search.StartIndex, err = integer("startIndex", string(request.StartIndex)); err != nil {
			return search, err
		}
	}
	if given(request.Count) {
		count, err := integer("count", string(request.Count))
		if err != nil {
			return search, err
		}
		search.Count = &count
	}
	if given(request.Members) {
		count, err := integer("membersCount", string(request.Members))
		if err != nil {
			return search, err
		}
		search.View.Members.Count = &count
	}
	return search, search.View.Check()
}

func given(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }

func (f *face) bulk(c echo.Context) error {
	body, err := limited(c.Request(), f.Limits.MaxBulkBody)
	if err != nil {
		return err
	}
	results, err := f.Provider.Bulk(c.Request().Context(), f.caller(c), body)
	if err != nil {
		return err
	}
	return f.send(c, http.StatusOK, func(_ context.Context, w io.Writer) error {
		_, err := w.Write(scim.AppendBulk(nil, results, appendError))
		return err
	})
}
