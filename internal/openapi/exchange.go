package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Exchange is a request and its answer, bodies whole.
type Exchange struct {
	Request  *http.Request
	Sent     []byte
	Status   int
	Header   http.Header
	Received []byte
}

// Owns reports whether a path is below one of the servers of the document.
func (d *Document) Owns(u *url.URL) bool {
	_, ok := d.below(u)
	return ok
}

// below returns the segments of a path behind the server's.
func (d *Document) below(u *url.URL) ([]string, bool) {
	path := newTemplate(u.EscapedPath())
	for _, server := range d.servers {
		if rest, ok := server.cut(path); ok {
			return rest, true
		}
	}
	return nil, false
}

// match is what describes a request: the path, and its operation if it has the
// method.
type match struct {
	path      *pathItem
	operation *Operation
	segments  []string
	// loose says that the last variable of the path took several segments,
	// which it may not (OpenAPI 3.1 section 4.8.12). Routers do that, and what
	// they route there can only be refused.
	loose bool
}

// route finds what describes a request. HEAD is described by GET.
func (d *Document) route(r *http.Request) match {
	segments, ok := d.below(r.URL)
	if !ok {
		return match{}
	}
	for _, loose := range []bool{false, true} {
		for _, p := range d.paths {
			if !p.template.covers(segments, loose) {
				continue
			}
			m := match{p, p.operations[r.Method], segments, loose}
			if m.operation == nil && r.Method == http.MethodHead {
				m.operation = p.operations[http.MethodGet]
			}
			return m
		}
	}
	return match{}
}

// CheckAnswer holds an answer against the document: status, headers, media
// type and body. The error names every difference.
func (d *Document) CheckAnswer(e *Exchange) error {
	answer, err := d.described(d.route(e.Request), e.Status)
	if err != nil {
		return err
	}
	return errors.Join(answer.checkHeaders(e.Header), answer.checkBody(e))
}

func (d *Document) described(m match, status int) (*response, error) {
	if m.operation != nil && (!m.loose || status >= http.StatusBadRequest) {
		if answer, ok := m.operation.responses[strconv.Itoa(status)]; ok {
			return answer, nil
		}
	}
	switch {
	case m.operation != nil && !m.loose:
		return nil, fmt.Errorf("the status is not among those of %s", m.operation.ID)
	case status == http.StatusNotFound:
		return d.notFound, nil
	case m.path == nil || m.operation != nil:
		return nil, errors.New("no path describes the request, and the answer is not 404")
	case status == http.StatusMethodNotAllowed:
		return d.methodNotAllowed, nil
	}
	return nil, errors.New("the path does not have the method, and the answer is not 405")
}

// unsaid are headers of HTTP itself, which no document describes.
var unsaid = []string{"Connection", "Content-Length", "Content-Type", "Date", "Trailer", "Transfer-Encoding", "Vary"}

func (a *response) checkHeaders(got http.Header) error {
	var problems []error
	for name, values := range got {
		described, ok := a.headers[name]
		if !ok {
			if !slices.Contains(unsaid, name) {
				problems = append(problems, fmt.Errorf("the header %s is not described", name))
			}
			continue
		}
		for _, value := range values {
			problems = append(problems, described.check(value))
		}
	}
	for name, described := range a.headers {
		if described.required && got.Get(name) == "" {
			problems = append(problems, fmt.Errorf("the header %s is missing", name))
		}
	}
	return errors.Join(problems...)
}

func (a *response) checkBody(e *Exchange) error {
	if len(a.content) == 0 || e.Request.Method == http.MethodHead {
		if len(e.Received) > 0 {
			return errors.New("the answer has a body where none is described")
		}
		if e.Request.Method != http.MethodHead {
			return nil
		}
	}
	if len(a.content) == 0 {
		return nil
	}
	media, err := pick(a.content, e.Header)
	if err != nil || e.Request.Method == http.MethodHead {
		return err
	}
	return media.check(e.Header, e.Received)
}

// CheckRequest holds the parameters and the body of a request against the
// document. Parameters that it does not name are left alone.
func (d *Document) CheckRequest(e *Exchange) error {
	m := d.route(e.Request)
	if m.operation == nil || m.loose {
		return errors.New("no operation describes the request")
	}
	var problems []error
	named, query := m.path.template.named(m.segments), e.Request.URL.Query()
	for _, p := range m.operation.parameters {
		values := map[string][]string{"query": query[p.Name], "header": e.Request.Header.Values(p.Name)}[p.In]
		if p.In == "path" {
			value, err := url.PathUnescape(named[p.Name])
			values, problems = []string{value}, append(problems, err)
		}
		if p.required && len(values) == 0 {
			problems = append(problems, fmt.Errorf("the parameter %s is missing", p.Name))
		}
		for _, value := range values {
			problems = append(problems, p.check(value))
		}
	}
	if len(m.operation.body) == 0 || len(e.Sent) == 0 && m.operation.bodiless {
		return errors.Join(problems...)
	}
	media, err := pick(m.operation.body, e.Request.Header)
	if err == nil {
		err = media.check(e.Request.Header, e.Sent)
	}
	return errors.Join(append(problems, err)...)
}

func pick(content map[string]*Media, header http.Header) (*Media, error) {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return nil, fmt.Errorf("content type %q: %w", header.Get("Content-Type"), err)
	}
	media, ok := content[kind]
	if !ok {
		return nil, fmt.Errorf("the media type %s is not described", kind)
	}
	return media, nil
}

func (m *Media) check(header http.Header, body []byte) error {
	var value any = string(body)
	if isJSON(header.Get("Content-Type")) {
		var err error
		if value, err = jsonschema.UnmarshalJSON(bytes.NewReader(body)); err != nil {
			return fmt.Errorf("the body is not JSON: %w", err)
		}
	}
	if err := m.schema.Validate(value); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	return nil
}

// isJSON reports whether a media type is JSON, or of its family (RFC 6839
// section 3.1); JSON lines are text.
func isJSON(media string) bool {
	kind, _, _ := strings.Cut(media, ";")
	kind = strings.TrimSpace(kind)
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}
