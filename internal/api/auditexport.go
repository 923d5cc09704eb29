package api

import (
	"io"
	"iter"
	"net/http"

	"github.com/labstack/echo/v4"

	"rollcall/internal/audit"
	"rollcall/store"
)

// exportForm is a form in which the trail leaves the server.
type exportForm struct {
	media, name string
	write       func(io.Writer, iter.Seq2[store.AuditRow, error]) (int, error)
}

// exports are the forms by name.
var exports = map[string]exportForm{
	"jsonl": {"application/jsonl", "audit.jsonl", audit.WriteJSONLines},
	"csv":   {"text/csv; charset=utf-8", "audit.csv", audit.WriteCSV},
}

// exportAudit streams all that a search finds, oldest first. What is so young
// that rows before it may still be on their way is left for the next export.
func (c *call) exportAudit() error {
	name := c.QueryParam("format")
	if name == "" {
		name = "jsonl"
	}
	form, ok := exports[name]
	if !ok {
		return invalid("format", "is jsonl or csv")
	}
	search, err := c.auditSearch()
	if err != nil {
		return err
	}
	out := &stream{c.Response(), form.media, form.name}
	if c.Request().Method == http.MethodHead {
		out.begin()
		return nil
	}
	now := c.face.Provider.Now()
	noted := c.trail(now)
	noted.Action = "audit.export"
	noted.Changes = []byte(`{"format":[null,"` + name + `"]}`)
	if err := c.face.Store.Note(c.Request().Context(), store.Key{Tenant: search.Tenant, Type: store.TenantSubject}, noted); err != nil {
		return err
	}
	search = audit.Settled(search, now)
	_, err = form.write(out, audit.Walk(c.Request().Context(), c.face.Store, search))
	return c.streamed(out, err)
}

// streamed ends an answer that was written as it came.
func (c *call) streamed(out *stream, err error) error {
	switch {
	case err == nil:
		out.begin()
		return nil
	case !c.Response().Committed:
		return err
	}
	c.face.log(c, err)
	panic(http.ErrAbortHandler) // a cut connection is the one way to say that it is not all
}

// stream is an answer that begins with the first byte: what fails before is
// still an error answer.
type stream struct {
	response    *echo.Response
	media, name string
}

func (s *stream) begin() {
	if !s.response.Committed {
		header := s.response.Header()
		header.Set("Content-Type", s.media)
		header.Set("Content-Disposition", `attachment; filename="`+s.name+`"`)
		header.Set("Cache-Control", "no-store")
		s.response.WriteHeader(http.StatusOK)
	}
}

func (s *stream) Write(p []byte) (int, error) {
	s.begin()
	return s.response.Write(p)
}
