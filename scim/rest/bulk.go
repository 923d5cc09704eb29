package rest

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"rollcall/scim"
	"rollcall/scim/fault"
)

func (f *face) bulk(c echo.Context) error {
	body, err := limited(c.Request(), f.Limits.MaxBulkBody)
	if err != nil {
		return err
	}
	caller := f.caller(c)
	if w, ok := c.Response().Writer.(interface{ Moved() }); ok {
		caller.Progress = w.Moved
	}
	results, err := f.Provider.Bulk(c.Request().Context(), caller, body)
	if err != nil {
		return err
	}
	return f.send(c, http.StatusOK, func(_ context.Context, w io.Writer) error {
		_, err := w.Write(f.appendBulk(c, nil, results))
		return err
	})
}

// appendBulk renders the answer of a bulk request (RFC 7644 section 3.7.3).
func (f *face) appendBulk(c echo.Context, out []byte, results []scim.BulkResult) []byte {
	out = append(out, `{"schemas":["`+scim.BulkResponseURN+`"],"Operations":[`...)
	words := map[error]*fault.Error{} // one failure of ours fails many operations and is logged once
	for i, result := range results {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"method":`...)
		out, _ = jsontext.AppendQuote(out, result.Method) // invalid UTF-8 is replaced
		for _, member := range [][2]string{{"bulkId", result.BulkID}, {"version", result.Version}, {"location", result.Location}} {
			if member[1] != "" {
				out = append(out, `,"`+member[0]+`":`...)
				out, _ = jsontext.AppendQuote(out, member[1])
			}
		}
		status := result.Status
		if result.Err != nil {
			refused := words[result.Err]
			if refused == nil {
				refused = f.refusal(c, result.Err)
				words[result.Err] = refused
			}
			status = refused.Status
			out = append(out, `,"response":`...)
			out = appendError(out, refused)
		}
		out = append(out, `,"status":"`...)
		out = strconv.AppendInt(out, int64(status), 10)
		out = append(out, `"}`...)
	}
	return append(out, `]}`...)
}
