package openapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// asJSON are the headers of a JSON body and more.
func asJSON(more ...string) http.Header {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Date": {"today"}, "Content-Length": {"1"}}
	for i := 0; i+1 < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	return h
}

const pet = "/shop/pets/2819c223-7f76-453a-919d-413861904646"

func TestCheckAnswer(t *testing.T) {
	t.Parallel()
	d, err := Read([]byte(petshop))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, method, path string
		status             int
		header             http.Header
		body               string
		want               string // part of the error, empty for none
	}{
		{"as described", "GET", "/shop/pets", 200, asJSON("X-Total", "1"), `[{"name":"Tom"}]`, ""},
		{"below the other server", "GET", "/of/you/shop/pets/", 200, asJSON("X-Total", "1"), `[]`, ""},
		{"HEAD is as GET", "HEAD", "/shop/pets", 200, asJSON("X-Total", "1"), "", ""},
		{"HEAD with a body", "HEAD", "/shop/pets", 200, asJSON("X-Total", "1"), "[]", "has a body"},
		{"HEAD without a header", "HEAD", "/shop/pets", 200, asJSON(), "", "X-Total is missing"},
		{"another status", "GET", "/shop/pets", 204, http.Header{}, "", "not among those of listPets"},
		{"a missing header", "GET", "/shop/pets", 200, asJSON(), `[]`, "X-Total is missing"},
		{"a wrong header", "GET", "/shop/pets", 200, asJSON("X-Total", "some"), `[]`, "the header X-Total"},
		{"another header", "GET", "/shop/pets", 200, asJSON("X-Total", "1", "X-Secret", "s"), `[]`, "X-Secret is not described"},
		{"another media type", "GET", "/shop/pets", 200, asJSON("X-Total", "1", "Content-Type", "text/html"), `[]`, "text/html is not described"},
		{"no media type", "GET", "/shop/pets", 200, http.Header{"X-Total": {"1"}}, `[]`, "content type"},
		{"not JSON", "GET", "/shop/pets", 200, asJSON("X-Total", "1"), `[`, "not JSON"},
		{"no body", "GET", "/shop/pets", 200, asJSON("X-Total", "1"), ``, "not JSON"},
		{"another field", "GET", pet, 200, asJSON(), `{"name":"Tom","age":7}`, "age"},
		{"a missing field", "GET", pet, 200, asJSON(), `{}`, "name"},
		{"a format", "GET", pet, 200, asJSON(), `{"name":"Tom","born":"long ago"}`, "date-time"},
		{"concrete before variable", "DELETE", "/shop/pets/mine", 204, http.Header{}, "", ""},
		{"a body where there is none", "DELETE", "/shop/pets/mine", 204, asJSON(), "{}", "has a body"},
		{"no such path", "GET", "/shop/birds", 404, asJSON(), `{"error":"none"}`, ""},
		{"no such path, another body", "GET", "/shop/birds", 404, asJSON(), `{}`, "error"},
		{"no such path, another status", "GET", "/shop/birds", 200, asJSON(), `{}`, "no path describes"},
		{"a variable with a slash", "GET", pet + "/x", 404, asJSON(), `{"error":"none"}`, ""},
		{"a variable with a slash, found", "GET", pet + "/x", 200, asJSON(), `{"name":"Tom"}`, "no path describes"},
		{"a variable with a slash, another method", "PUT", pet + "/x", 405, asJSON("Allow", "GET"), `{"error":"no"}`, ""},
		{"no such method", "PUT", "/shop/pets", 405, asJSON("Allow", "GET, POST"), `{"error":"no"}`, ""},
		{"no such method, without Allow", "PUT", "/shop/pets", 405, asJSON(), `{"error":"no"}`, "Allow is missing"},
		{"no such method, another status", "PUT", "/shop/pets", 200, asJSON(), `{}`, "does not have the method"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := &Exchange{
				Request: httptest.NewRequest(test.method, test.path, nil),
				Status:  test.status, Header: test.header, Received: []byte(test.body),
			}
			holds(t, d.CheckAnswer(e), test.want)
		})
	}
}

func TestCheckRequest(t *testing.T) {
	t.Parallel()
	d, err := Read([]byte(petshop))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, method, path, body string
		header                   http.Header
		want                     string
	}{
		{"without parameters", "GET", "/shop/pets", "", nil, ""},
		{"with parameters", "GET", "/shop/pets?count=-5&kinds=cat,dog&other=1", "", nil, ""},
		{"a wrong parameter", "GET", "/shop/pets?count=many", "", nil, "the parameter count"},
		{"a wrong element", "GET", "/shop/pets?kinds=cat,bird", "", nil, "the parameter kinds"},
		{"a wrong variable", "GET", "/shop/pets/tom", "", nil, "the parameter id"},
		{"a body", "POST", "/shop/pets", `{"name":"Tom"}`, asJSON(), ""},
		{"a wrong body", "POST", "/shop/pets", `{"name":7}`, asJSON(), "the body"},
		{"a body of another type", "POST", "/shop/pets", `{"name":"Tom"}`, asJSON("Content-Type", "text/plain"), "text/plain"},
		{"a variable with a slash", "GET", pet + "/x", "", nil, "no operation"},
		{"an undescribed path", "POST", "/shop/birds", `{}`, asJSON(), "no operation"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := &Exchange{Request: httptest.NewRequest(test.method, test.path, nil), Sent: []byte(test.body)}
			if test.header != nil {
				e.Request.Header = test.header
			}
			holds(t, d.CheckRequest(e), test.want)
		})
	}
}

func holds(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Error(err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("want %q, got %v", want, err)
	}
}
