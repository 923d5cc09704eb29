package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"rollcall/scim"
	"rollcall/scim/async"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// asyncRoute is where completions are, below the root.
const asyncRoute = "/AsyncStatus"

// maxAsyncBody bounds what is kept of a request: a bulk request of the usual
// limit. Larger group bodies are read as a stream, and only synchronously.
const maxAsyncBody = 8 << 20

var errNoCompletion = fault.NotFound("there is no asynchronous request of this id, or it is no longer kept, or somebody else made it")

// wishesAsync reports whether a request is to be answered before it has been
// carried out: a write that asks for it (RFC 9967 section 2.5.1.1).
func (f *face) wishesAsync(r *http.Request) bool {
	if f.Async == nil || r.Header.Get("Prefer") == "" {
		return false
	}
	switch r.Method {
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
	case http.MethodPost:
		if strings.HasSuffix(r.URL.Path, "/.search") {
			return false // it changes nothing
		}
	default:
		return false
	}
	return preferred(r.Header).async
}

// async lets a client have a request carried out later. t is nil for a bulk
// request. What is wrong with the request itself is refused at once.
func (f *face) async(t *schema.ResourceType, next echo.HandlerFunc) echo.HandlerFunc {
	if f.Async == nil {
		return next
	}
	return func(c echo.Context) error {
		if !f.wishesAsync(c.Request()) {
			return next(c)
		}
		request, err := f.deferred(c, t)
		if err != nil {
			return err
		}
		s, caller := sessionOf(c), f.caller(c)
		txn, err := f.Async.Accept(c.Request().Context(), caller, s.identity.Connection.ID, request)
		if err != nil {
			if refused, ok := fault.As(err); ok && refused.Status == http.StatusTooManyRequests {
				retryAfter(c, asyncPause)
			}
			return err
		}
		if wait := preferred(c.Request().Header).wait; wait > 0 {
			if w, ok := c.Response().Writer.(interface{ Moved() }); ok {
				caller.Progress = w.Moved
			}
			done, err := f.Async.Wait(c.Request().Context(), caller, s.identity.Connection.ID, txn, wait)
			if err == nil && done.Done {
				return f.answerCompleted(c, done)
			}
			// The request is kept, whatever became of waiting for it.
		}
		return f.accepted(c, txn)
	}
}

// asyncPause is when a client should ask again.
const asyncPause = time.Second

// deferred reads a request as far as that needs nothing of the store.
func (f *face) deferred(c echo.Context, t *schema.ResourceType) (*async.Request, error) {
	r := c.Request()
	request := &async.Request{Method: r.Method, Match: strings.Join(r.Header.Values("If-Match"), ","), Scopes: sessionOf(c).identity.Scopes.Names()}
	limit := min(f.Limits.MaxBulkBody, maxAsyncBody)
	if t != nil {
		p, err := parameters(r)
		if err != nil {
			return nil, err
		}
		request.Type, request.View = t.Name, p.view
		if r.Method != http.MethodPost {
			request.ID = addressed(c)
		}
		if t.Members == nil {
			limit = min(f.Limits.MaxBody, maxAsyncBody)
		}
	}
	if r.Method == http.MethodDelete {
		return request, nil
	}
	body, err := limited(r, limit)
	if err != nil {
		return nil, err
	}
	if request.Body, err = io.ReadAll(body); err != nil {
		return nil, err
	}
	value := jsontext.Value(request.Body)
	if value.Kind() != '{' || !value.IsValid() {
		return nil, fault.New(fault.InvalidSyntax, "the body is not a JSON object: broken JSON, a repeated name or text that is not UTF-8")
	}
	return request, nil
}

// accepted answers that a request will be carried out.
func (f *face) accepted(c echo.Context, txn string) error {
	header := c.Response().Header()
	header.Del("Content-Type")
	header.Set("Set-Txn", txn)
	header.Set("Preference-Applied", "respond-async")
	header.Set("Location", f.base(c)+asyncRoute+"/"+txn)
	return c.NoContent(http.StatusAccepted)
}

// answerCompleted answers a client that waited as if nothing had been deferred.
func (f *face) answerCompleted(c echo.Context, done *async.Completion) error {
	if done.Bulk {
		return f.send(c, http.StatusOK, func(_ context.Context, w io.Writer) error {
			_, err := w.Write(done.AppendBulk(nil))
			return err
		})
	}
	response, header := &done.Responses[0], c.Response().Header()
	header.Set("Cache-Control", "private, no-cache")
	if !response.OK() {
		header.Set("Cache-Control", "no-store")
		header.Set("Content-Type", scimMedia)
		header.Del("Location")
	} else if response.Version != "" {
		header.Set("ETag", response.Version)
	}
	if response.Status == http.StatusCreated {
		header.Set("Location", response.Location)
	}
	if len(response.Body) == 0 {
		return c.NoContent(response.Status)
	}
	return f.send(c, response.Status, func(_ context.Context, w io.Writer) error {
		_, err := w.Write(response.Body)
		return err
	})
}

// asyncStatus answers with the claims of the completion event; of a bulk
// request with a list of them. Until it is there, the answer is 202.
func (f *face) asyncStatus(c echo.Context) error {
	if f.Async == nil {
		return errNoCompletion
	}
	done, err := f.Async.Status(c.Request().Context(), f.caller(c), sessionOf(c).identity.Connection.ID, parameter(c, "id"))
	if errors.Is(err, store.ErrNotFound) {
		return errNoCompletion
	}
	if err != nil {
		return err
	}
	if !done.Done {
		c.Response().Header().Del("Content-Type")
		retryAfter(c, asyncPause)
		return c.NoContent(http.StatusAccepted)
	}
	return f.send(c, http.StatusOK, func(_ context.Context, w io.Writer) error {
		_, err := w.Write(appendCompletion(nil, done))
		return err
	})
}

func appendCompletion(out []byte, done *async.Completion) []byte {
	if !done.Bulk {
		return done.AppendClaims(out, &done.Responses[0])
	}
	count := strconv.Itoa(len(done.Responses))
	out = append(out, `{"schemas":["`+scim.ListURN+`"],"totalResults":`+count+`,"startIndex":1,"itemsPerPage":`+count+`,"Resources":[`...)
	for i := range done.Responses {
		if i > 0 {
			out = append(out, ',')
		}
		out = done.AppendClaims(out, &done.Responses[i])
	}
	return append(out, "]}"...)
}
