package web

import (
	"errors"
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// Fields are what a form has sent, of at most limit bytes; what stands in the
// address is none of it. Errors are echo's, with the status that they mean.
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
		return nil, echo.ErrStatusRequestEntityTooLarge
	case err != nil:
		return nil, echo.ErrBadRequest
	}
	return r.PostForm, nil
}
