package rest

import (
	"net/http"
	"net/url"
	"strings"

	"rollcall/scim"
	"rollcall/scim/fault"
)

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
		p.paging.startIndex = new(value)
	case "count":
		p.paging.count = new(value)
	case "cursor":
		p.paging.cursor = new(value)
	case "memberscount":
		p.paging.membersCount = new(value)
	case "memberscursor":
		p.paging.membersCursor = new(value)
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
