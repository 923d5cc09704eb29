package rest

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"rollcall/scim"
	"rollcall/scim/fault"
)

// The media types of RFC 7644 section 3.8.
const (
	scimMedia = "application/scim+json"
	jsonMedia = "application/json"
)

// negotiated picks the media type of the answer and marks it as personal.
func (f *face) negotiated(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		media, ok := accepted(c.Request().Header.Values("Accept"))
		header := c.Response().Header()
		header.Set("Content-Type", media)
		header.Set("Cache-Control", "private, no-cache")
		// Accept counts for nothing where the answer has no body (RFC 9967
		// section 2.5.1.1).
		if !ok && !f.wishesAsync(c.Request()) {
			return fault.Plain(http.StatusNotAcceptable, "answers are %s or %s", scimMedia, jsonMedia)
		}
		return next(c)
	}
}

// accepted weighs the Accept header: the SCIM type unless plain JSON is
// preferred to it.
func accepted(headers []string) (media string, ok bool) {
	if len(headers) == 0 {
		return scimMedia, true
	}
	best, media := 0.0, scimMedia
	consider := func(kind string, q float64) {
		if q > best {
			best, media = q, kind
		}
	}
	empty := true
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			empty = false
			kind, args, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			q := 1.0
			if text, given := args["q"]; given {
				if q, err = strconv.ParseFloat(text, 64); err != nil {
					continue
				}
			}
			switch kind {
			case scimMedia, "*/*", "application/*":
				consider(scimMedia, q+1e-9) // wins a tie
			case jsonMedia:
				consider(jsonMedia, q)
			}
		}
	}
	return media, best > 0.00001 || empty
}

// answer sends one resource.
func (f *face) answer(c echo.Context, status int, resource *scim.Resource) error {
	header := c.Response().Header()
	header.Set("ETag", resource.ETag())
	next, err := resource.NextMembers(c.Request().Context())
	if err != nil {
		return err
	}
	if next != "" {
		header.Set("Link", "<"+next+`>; rel="next"`)
	}
	return f.send(c, status, resource.WriteTo)
}

// send renders an answer. Up to the size of the buffer it is whole before the
// status goes out, so that a failure is still an error answer; beyond that it
// streams, and a failure cuts the connection.
func (f *face) send(c echo.Context, status int, render func(context.Context, io.Writer) error) error {
	w := buffers.Get().(*bufferedAnswer)
	w.response, w.status, w.flushed, w.data = c.Response(), status, false, w.data[:0]
	defer func() {
		w.response = nil
		buffers.Put(w)
	}()
	err := render(c.Request().Context(), w)
	if err == nil {
		return w.finish()
	}
	if !w.flushed {
		return err
	}
	f.Logger.ErrorContext(c.Request().Context(), "answer broke off", "error", err)
	panic(http.ErrAbortHandler)
}

// bufferSize holds all answers but long lists and groups.
const bufferSize = 64 << 10

var buffers = sync.Pool{New: func() any { return &bufferedAnswer{data: make([]byte, 0, 4<<10)} }}

type bufferedAnswer struct {
	response *echo.Response
	status   int
	flushed  bool
	data     []byte
}

func (w *bufferedAnswer) Write(p []byte) (int, error) {
	if len(w.data)+len(p) > bufferSize {
		if err := w.flush(); err != nil {
			return 0, err
		}
	}
	w.data = append(w.data, p...)
	return len(p), nil
}

func (w *bufferedAnswer) flush() error {
	if !w.flushed {
		w.flushed = true
		w.response.WriteHeader(w.status)
	}
	_, err := w.response.Write(w.data)
	w.data = w.data[:0]
	return err
}

func (w *bufferedAnswer) finish() error {
	if !w.flushed {
		w.response.Header().Set("Content-Length", strconv.Itoa(len(w.data)))
	}
	return w.flush()
}
