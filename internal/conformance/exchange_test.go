package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"rollcall/internal/api"
	"rollcall/internal/openapi"
	"rollcall/scim/rest"
)

// description is the OpenAPI document of the SCIM face, adminDescription that of
// the admin API.
var (
	description      = sync.OnceValues(func() (*openapi.Document, error) { return openapi.Read(rest.OpenAPI) })
	adminDescription = sync.OnceValues(func() (*openapi.Document, error) { return openapi.Read(api.OpenAPI) })
)

// describing is the document that describes a request, nil where none does.
func describing(t testing.TB, u *url.URL) *openapi.Document {
	t.Helper()
	for _, read := range []func() (*openapi.Document, error){description, adminDescription} {
		document, err := read()
		if err != nil {
			t.Error(err)
		} else if document.Owns(u) {
			return document
		}
	}
	return nil
}

// exchange sends a request, reads the answer whole and holds both against
// the openapi.yaml of its face. Every request of this package goes through it, which
// TestEveryAnswerIsChecked sees to. sent is the body of the request again, nil
// where nobody wants it checked. An error is one of the connection.
func exchange(t testing.TB, request *http.Request, sent []byte) (*http.Response, []byte, error) {
	t.Helper()
	return exchangeBy(t, http.DefaultClient, request, sent)
}

// staying is a client that goes nowhere else.
var staying = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// exchangeBy is exchange by another client than the usual one.
func exchangeBy(t testing.TB, client *http.Client, request *http.Request, sent []byte) (*http.Response, []byte, error) {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		return response, nil, err
	}
	document := describing(t, request.URL)
	if document == nil {
		return response, received, nil
	}
	e := &openapi.Exchange{Request: request, Sent: sent, Status: response.StatusCode, Header: response.Header, Received: received}
	if err := document.CheckAnswer(e); err != nil {
		t.Errorf("%s %s: the answer %d is not as openapi.yaml describes it: %v\n%.600s", request.Method, request.URL, e.Status, err, received)
	}
	if sent != nil && accepted(e) {
		if err := document.CheckRequest(e); err != nil {
			t.Errorf("%s %s: the request was accepted and is not as openapi.yaml describes it: %v\n%.600s", request.Method, request.URL, err, sent)
		}
	}
	return response, received, nil
}

// accepted reports whether the server took the request, all operations of a
// bulk request included: only then is it worth checking.
func accepted(e *openapi.Exchange) bool {
	if e.Status/100 != 2 {
		return false
	}
	var bulk struct{ Operations []struct{ Status string } }
	if !strings.HasSuffix(e.Request.URL.Path, "/Bulk") || json.Unmarshal(e.Received, &bulk) != nil {
		return true
	}
	for _, result := range bulk.Operations {
		if !strings.HasPrefix(result.Status, "2") {
			return false
		}
	}
	return true
}
