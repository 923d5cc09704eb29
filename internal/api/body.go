package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/internal/admin"
	"rollcall/scim/fault"
)

// jsonMedia is the media type of bodies and answers.
const jsonMedia = "application/json"

// body is a request body as it was sent, bounded.
func (c *call) body() ([]byte, error) {
	r, limit := c.Request(), c.face.MaxBody
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, fault.Plain(http.StatusUnsupportedMediaType, "content encoding is not supported; send the body as it is")
	}
	if header := r.Header.Get("Content-Type"); header != "" {
		media, args, err := mime.ParseMediaType(header)
		charset := args["charset"]
		if err != nil || media != jsonMedia || charset != "" && !strings.EqualFold(charset, "utf-8") {
			return nil, fault.Plain(http.StatusUnsupportedMediaType, "the body must be %s", jsonMedia)
		}
	}
	if r.ContentLength > limit {
		return nil, fault.TooLarge(limit)
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, fault.Plain(http.StatusBadRequest, "the body could not be read to its end")
	case int64(len(text)) > limit:
		return nil, fault.TooLarge(limit)
	}
	return text, nil
}

// read reads the JSON object of a request; no body is an empty object.
func (c *call) read(into any) error {
	text, err := c.body()
	if err != nil || len(text) == 0 {
		return err
	}
	return decode(text, into)
}

// decode reads a JSON object and names what it does not know.
func decode(text []byte, into any) error {
	if jsontext.Value(text).Kind() != '{' {
		return invalid("", "the body must be a JSON object")
	}
	return misread(json.Unmarshal(text, into, json.RejectUnknownMembers(true)))
}

// misread words what is wrong with a body; nil where nothing is.
func misread(err error) error {
	if err == nil {
		return nil
	}
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return invalid("", "the body is not valid JSON, or repeats a name")
	}
	field := fault.Clip(strings.ReplaceAll(strings.TrimPrefix(string(wrong.JSONPointer), "/"), "/", "."))
	if errors.Is(err, json.ErrUnknownName) {
		return invalid(field, "there is no such member")
	}
	return invalid(field, "the value has the wrong type")
}

// reply answers with JSON.
func (c *call) reply(status int, value any) error {
	text, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(status, jsonMedia, text)
}

// span is the end of something, as a body gives it: a time, or how long.
type span struct {
	Until string `json:"until"`
	For   string `json:"for"`
}

// end reads the end that a body gives; zero where it gives none.
func (s span) end(now time.Time) (time.Time, error) {
	switch {
	case s.Until != "" && s.For != "":
		return time.Time{}, invalid("for", "until and for exclude each other")
	case s.For != "":
		if _, err := time.Parse(time.RFC3339, s.For); err == nil {
			return time.Time{}, invalid("for", "is a number of days such as 90d, or a duration such as 12h")
		}
		return admin.When("for", s.For, now)
	}
	return until("until", s.Until, now)
}

// until reads a time in the future.
func until(field, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if _, err := time.Parse(time.RFC3339, text); err != nil {
		return time.Time{}, invalid(field, "is a time such as 2030-01-31T00:00:00Z")
	}
	return admin.When(field, text, now)
}
