package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// TooLargeError says that a form is larger than what a page takes of it.
type TooLargeError struct {
	// Limit is that, in bytes.
	Limit int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the form has more than %d bytes", e.Limit)
}

// Unwrap is the status that it means.
func (e *TooLargeError) Unwrap() error { return echo.ErrStatusRequestEntityTooLarge }

// Fields are what a form has sent, of at most limit bytes; what stands in the
// address is none of it. Errors are echo's, with the status that they mean, or wrap one as a
// *TooLargeError does.
func Fields(c echo.Context, limit int64) (url.Values, error) {
	r := c.Request()
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || media != echo.MIMEApplicationForm {
		return nil, echo.ErrUnsupportedMediaType
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
	err = r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &TooLargeError{limit}
	case err != nil:
		return nil, echo.ErrBadRequest
	}
	return r.PostForm, nil
}
