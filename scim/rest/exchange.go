package rest

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/store"
)

// Exchange is what was heard of a request whose connection is inspected, while it
// was answered.
type Exchange struct {
	// Path is the path of the address. A part that is no id stands as the route
	// has it: it may be a name.
	Path string
	// Sent and Answered are the beginnings of the bodies.
	Sent, Answered Heard
}

// Heard is the beginning of a body.
type Heard struct {
	Data []byte
	// Over says that it goes on, Unread that nobody has read it.
	Over, Unread bool
	most         int
}

func (h *Heard) add(data []byte) {
	if h.Over = h.Over || len(h.Data)+len(data) > h.most; h.Over {
		h.Data = nil
		return
	}
	h.Data = append(h.Data, data...)
}

// Overheard returns what was heard of a request that was answered, nil where it is
// not inspected.
func Overheard(c echo.Context) *Exchange {
	s := sessionOf(c)
	if s == nil || s.exchange == nil {
		return nil
	}
	e := s.exchange
	e.Sent.Unread = len(e.Sent.Data) == 0 && !e.Sent.Over && c.Request().ContentLength != 0
	return e
}

// overhear listens to a request from here on. What is heard is the beginning of
// the bodies as they pass: nothing waits for it, and nothing is read for it.
func (f *face) overhear(c echo.Context, s *session) {
	if !s.rules.Inspects || f.Inspect == nil || !f.Inspect() {
		return
	}
	e := &Exchange{Path: shownPath(c), Sent: Heard{most: f.MaxInspected}, Answered: Heard{most: f.MaxInspected}}
	s.exchange = e
	request, response := c.Request(), c.Response()
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = &heardBody{request.Body, &e.Sent}
	}
	heard := heardAnswer{response.Writer, &e.Answered}
	if p, ok := response.Writer.(progress); ok {
		response.Writer = &heardProgress{heard, p}
	} else {
		response.Writer = &heard
	}
}

// shownPath is the path of the route with the ids that are in the address.
func shownPath(c echo.Context) string {
	path := c.Path()
	if id := parameter(c, "id"); id != "" {
		if _, ok := store.ParseID(id); ok {
			path = strings.Replace(path, ":id", url.PathEscape(id), 1)
		}
	}
	return path
}

type heardBody struct {
	io.ReadCloser
	into *Heard
}

func (b *heardBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.into.add(p[:n])
	return n, err
}

type heardAnswer struct {
	http.ResponseWriter
	into *Heard
}

func (w *heardAnswer) Write(p []byte) (int, error) {
	w.into.add(p)
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *heardAnswer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// progress is what the server tells of how a request gets on.
type progress interface {
	Moved()
	TimedOut() bool
}

type heardProgress struct {
	heardAnswer
	progress
}
