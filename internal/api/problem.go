package api

import (
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/hangup"
	"rollcall/internal/requestid"
	"rollcall/scim/fault"
)

// problemMedia is the media type of RFC 9457.
const problemMedia = "application/problem+json"

// problem is a problem document.
type problem struct {
	// Type is a URN, Title says what it stands for.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitzero"`
	// Instance is the id of the request.
	Instance string `json:"instance,omitzero"`
	// Field is the member or parameter that is wrong, Code what SCIM calls it.
	Field string `json:"field,omitzero"`
	Code  string `json:"code,omitzero"`
	// Why is the reason of a refused transition, Try are the actions that are
	// possible instead.
	Why string   `json:"why,omitzero"`
	Try []string `json:"try,omitempty"`
	// Users is the number of users that a selection really has.
	Users *int64 `json:"users,omitempty"`
}

// kinds are the types of problems by status, and their titles.
var kinds = map[int][2]string{
	http.StatusBadRequest:            {"invalid", "The request is not valid"},
	http.StatusUnauthorized:          {"unauthenticated", "The request is not authenticated"},
	http.StatusForbidden:             {"forbidden", "The token does not allow this"},
	http.StatusNotFound:              {"not-found", "There is no such thing"},
	http.StatusMethodNotAllowed:      {"method-not-allowed", "The path does not have this method"},
	http.StatusConflict:              {"conflict", "The state of things does not allow this"},
	http.StatusPreconditionFailed:    {"precondition-failed", "It was changed since"},
	http.StatusRequestEntityTooLarge: {"too-large", "The body is too large"},
	http.StatusUnsupportedMediaType:  {"unsupported-media-type", "The body has another form than is understood"},
	http.StatusTooManyRequests:       {"too-many-requests", "There are too many requests"},
	http.StatusInternalServerError:   {"internal", "Something went wrong in the server"},
	http.StatusServiceUnavailable:    {"unavailable", "The server cannot answer at the moment"},
}

func newProblem(status int, format string, args ...any) *problem {
	p := &problem{Status: status, Detail: fmt.Sprintf(format, args...)}
	kind, ok := kinds[status]
	if !ok {
		kind = [2]string{"other", http.StatusText(status)}
	}
	p.Type, p.Title = "urn:rollcall:problem:"+kind[0], kind[1]
	return p
}

func (p *problem) Error() string { return p.Detail }

// invalid is a request that is wrong whatever there is. An empty field is the
// body as a whole.
func invalid(field, format string, args ...any) error {
	p := newProblem(http.StatusBadRequest, format, args...)
	if p.Field = field; field != "" {
		p.Detail = field + ": " + p.Detail
	}
	return p
}

var (
	errOfUser = newProblem(http.StatusForbidden, "the token acts for one user; the admin API takes tokens of connections")
	// Not before authentication: whoever is told so has a good token.
	errTooManyRequests = newProblem(http.StatusTooManyRequests, "too many requests; try again after the time in Retry-After")
	errFailedTooOften  = newProblem(http.StatusTooManyRequests, "too many requests with tokens that are not valid, this one included; try again after the time in Retry-After")
)

// scopeError says that a token lacks a scope.
type scopeError struct{ scope auth.Scope }

func (e *scopeError) Error() string { return fmt.Sprintf("the token lacks the scope %s", e.scope) }

// drained bounds what is read of a body that was refused for its size.
const drained = 32 << 20

// fail answers an error. It is the only place where problems are written.
func (f *face) fail(c echo.Context, err error) {
	response, request := c.Response(), c.Request()
	if response.Committed {
		return
	}
	err, gone := hangup.Judge(c, err)
	if gone {
		return
	}
	if refused, ok := fault.As(err); ok && refused.Status == http.StatusRequestEntityTooLarge {
		// A client that writes its whole body before it reads would not see
		// the answer if the connection were cut under it.
		_, _ = io.CopyN(io.Discard, request.Body, drained)
	}
	told := *f.refusal(c, err)
	told.Instance = requestid.From(request.Context())
	body, err := json.Marshal(&told)
	if err != nil {
		f.log(c, err)
	}
	header := response.Header()
	header.Del("ETag")
	header.Del("Location")
	header.Set("Cache-Control", "no-store")
	if request.Method == http.MethodHead {
		body = nil
	}
	_ = c.Blob(told.Status, problemMedia, body)
}
