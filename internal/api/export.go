package api

import (
	"strings"

	"rollcall/internal/usercsv"
	"rollcall/scim"
)

func (f *face) exportRoutes(r *routes) {
	r.get("/exports/users", (*call).exportUsers, "filter", "sortBy", "sortOrder", "columns")
}

// exportUsers streams users as CSV.
func (c *call) exportUsers() error {
	export := usercsv.Export{
		Search:  scim.Search{Filter: c.QueryParam("filter"), SortBy: c.QueryParam("sortBy"), SortOrder: c.QueryParam("sortOrder")},
		Columns: usercsv.Everything(), Audit: c.face.Store,
	}
	if text := c.QueryParam("columns"); text != "" {
		var unknown string
		if export.Columns, unknown = usercsv.Named(strings.Split(text, ",")); unknown != "" {
			return invalid("columns", "there is no column %q", unknown)
		}
	}
	out := &stream{c.Response(), "text/csv; charset=utf-8", "users.csv"}
	if c.Request().Method == "HEAD" {
		out.begin()
		return nil
	}
	_, err := export.Write(c.Request().Context(), c.face.Provider, c.caller(), out)
	return c.streamed(out, err)
}
