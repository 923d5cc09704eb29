package rest

import (
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/requestid"
	"rollcall/scim"
	"rollcall/scim/fault"
)

// authenticated lets requests pass whose token has the scope and is of the
// tenant that the path names, if it names one.
func (f *face) authenticated(scope auth.Scope) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			identity, err := f.Auth.Authenticate(c.Request().Context(), c.Request().Header.Get("Authorization"))
			if err != nil {
				return err
			}
			f.begin(c, identity)
			if foreign(c, identity) {
				return errForeignTenant
			}
			if !identity.Has(scope) {
				return &scopeError{scope}
			}
			if err := f.admit(c, identity); err != nil {
				return err
			}
			if err := f.confined(c, identity); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// foreign reports whether a path names another tenant than that of the token.
func foreign(c echo.Context, identity *auth.Identity) bool {
	return strings.HasPrefix(c.Path(), TenantRoot) && parameter(c, "tenant") != identity.Tenant.Name
}

// retryAfter says when a client may come again, in whole seconds.
func retryAfter(c echo.Context, wait time.Duration) {
	seconds := int64(math.Ceil(max(wait.Seconds(), 1)))
	c.Response().Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
}

// caller says on whose behalf the provider acts.
func (f *face) caller(c echo.Context) *scim.Caller {
	s := sessionOf(c)
	identity := s.identity
	caller := &scim.Caller{
		Tenant: identity.Tenant.ID, Base: f.base(c),
		Kind: "connection", ID: identity.Connection.ID.String(),
		RequestID: requestid.From(c.Request().Context()),
		Leniency:  &s.leniency,
	}
	if identity.User != uuid.Nil {
		caller.Subject, caller.Kind, caller.ID = identity.User, "user", identity.User.String()
	}
	return caller
}

// base is the absolute root of the URIs in an answer, in the form in which the
// request named its tenant.
func (f *face) base(c echo.Context) string {
	root := Root
	if tenant := parameter(c, "tenant"); tenant != "" {
		root = "/t/" + url.PathEscape(tenant) + Root
	}
	if f.PublicURL != "" {
		return f.PublicURL + root
	}
	scheme := "http://"
	if c.Request().TLS != nil {
		scheme = "https://"
	}
	return scheme + saneHost(c.Request().Host) + root
}

// saneHost keeps what a client puts into Host from breaking out of a JSON
// string or a header.
func saneHost(host string) string {
	for i := range len(host) {
		switch b := host[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', strings.IndexByte(".-_:[]", b) >= 0:
		default:
			return "localhost"
		}
	}
	if host == "" {
		return "localhost"
	}
	return host
}

// params are the query parameters of a request.
type params struct {
	view   scim.View
	search scim.Search
	paging paging
}

// parameters reads the query. Names are taken in any case, unknown ones are
// ignored. It is split here because net/url refuses a bare ";", which clients
// send inside filters.
func parameters(r *http.Request) (params, error) {
	var p params
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			continue
		}
		value, err := url.QueryUnescape(rawValue)
		if err == nil {
			p.set(strings.ToLower(name), value)
		} else if known[strings.ToLower(name)] {
			return p, fault.New(fault.InvalidValue, "the query parameter %s is not percent-encoded correctly", strings.ToLower(name))
		}
	}
	p.search.View = p.view
	err := p.paging.settle(&p.search)
	if p.view = p.search.View; err != nil {
		return p, err
	}
	return p, p.view.Check()
}

var known = map[string]bool{
	"attributes": true, "excludedattributes": true, "filter": true,
	"sortby": true, "sortorder": true, "startindex": true, "count": true, "cursor": true,
	"memberscount": true, "memberscursor": true,
}

func (p *params) set(name, value string) {
	switch name {
	case "attributes":
		p.view.Attributes = names(value)
	case "excludedattributes":
		p.view.Excluded = names(value)
	case "filter":
		p.search.Filter, p.search.HasFilter = value, true
	case "sortby":
		p.search.SortBy = value
	case "sortorder":
		p.search.SortOrder = value
	case "startindex":
		p.paging.startIndex = &value
	case "count":
		p.paging.count = &value
	case "cursor":
		p.paging.cursor = &value
	case "memberscount":
		p.paging.membersCount = &value
	case "memberscursor":
		p.paging.membersCursor = &value
	}
}

func names(list string) []string {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// parameter is a part of the path, percent-decoded once. The router hands it
// out as it was sent where the path has escapes that matter.
func parameter(c echo.Context, name string) string {
	text := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return text
	}
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// limitedBody reads a request body up to a limit.
type limitedBody struct {
	io.Reader
	left, limit int64
}

// limited checks the headers of a request body and bounds it.
func limited(r *http.Request, limit int64) (*limitedBody, error) {
	if err := checkContentType(r.Header); err != nil {
		return nil, err
	}
	if r.ContentLength > limit {
		return nil, fault.TooLarge(limit)
	}
	return &limitedBody{r.Body, limit, limit}, nil
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fault.TooLarge(b.limit)
	}
	return n, err
}

func checkContentType(h http.Header) error {
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fault.Plain(http.StatusUnsupportedMediaType, "content encoding is not supported; send the body as it is")
	}
	header := h.Get("Content-Type")
	if header == "" {
		return nil
	}
	kind, args, err := mime.ParseMediaType(header)
	charset := args["charset"]
	switch {
	case err != nil, kind != scimMedia && kind != jsonMedia:
		return fault.Plain(http.StatusUnsupportedMediaType, "the body must be %s or %s", scimMedia, jsonMedia)
	case charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8"):
		return fault.Plain(http.StatusUnsupportedMediaType, "the body must be encoded in UTF-8")
	}
	return nil
}
