package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"rollcall/scim"
	"rollcall/scim/async"
	"rollcall/store"
)

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
