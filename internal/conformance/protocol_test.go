package conformance

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/internal/trial"
)

// TestVersions covers ETG where TestETags does not, and the version of the
// protocol.
func TestVersions(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "versions")
		path := "/Users/" + id
		change := func(title string) string {
			return patchOp(`{"op":"replace","path":"title","value":"` + title + `"}`)
		}
		t.Run("ETG-04..06 AMB-13,19 preconditions take the server's own weak tags", func(t *testing.T) {
			old := s.version(t, path)
			s.want(t, 200, "PATCH", path, change("1"), "If-Match", old)
			for method, body := range map[string]string{"PATCH": change("2"), "PUT": `{` + userSchemas + `,"userName":"versions"}`, "DELETE": ""} {
				s.want(t, 412, method, path, body, "If-Match", old)
			}
			s.want(t, 200, "PATCH", path, change("3"), "If-Match", `"nope", `+s.version(t, path))
			s.want(t, 200, "PATCH", path, change("4"), "If-Match", "*")
			s.want(t, 200, "PATCH", path, change("5"))
			s.want(t, 404, "PATCH", "/Users/nobody", change("6"), "If-Match", "*")
		})
		t.Run("ETG-03 HTT-10 304 has no body", func(t *testing.T) {
			status, header, document := s.do(t, "GET", path, "", "If-None-Match", s.version(t, path))
			if status != 304 || document != nil || header.Get("ETag") != s.version(t, path) {
				t.Errorf("status %d, ETag %q, %s", status, header.Get("ETag"), brief(document))
			}
		})
		t.Run("ETG-07 every change of state, members included, and nothing else", func(t *testing.T) {
			group := "/Groups/" + s.group(t, "versions")
			seen := map[string]bool{}
			for _, operation := range []string{
				`{"op":"add","path":"members","value":[{"value":"` + id + `"}]}`, `{"op":"remove","path":"members[value eq \"` + id + `\"]"}`, `{"op":"replace","path":"displayName","value":"v2"}`,
			} {
				before := s.version(t, group)
				s.want(t, 204, "PATCH", group, patchOp(operation))
				after := s.version(t, group)
				s.want(t, 204, "PATCH", group, patchOp(operation))
				if after == before || seen[after] || s.version(t, group) != after {
					t.Errorf("%s: %s after %s, then %s", operation, after, before, s.version(t, group))
				}
				seen[before], seen[after] = true, true
			}
		})
		t.Run("ETG-09 members of lists carry their version", func(t *testing.T) {
			list := s.want(t, 200, "GET", "/Users?"+filterQuery(`id eq "`+id+`"`), "")
			report(t, map[string]any{"Resources": []any{map[string]any{"meta": map[string]any{"version": s.version(t, path)}}}}, list)
		})
		t.Run("ETG-10 ERR-16 412 has no scimType", func(t *testing.T) {
			s.refuse(t, 412, "", "PATCH", path, change("7"), "If-Match", `W/"99"`)
		})
		t.Run("ETG-11 ERR-12 other versions of the protocol", func(t *testing.T) {
			other := *s
			for _, version := range []string{"v1", "v3", "v2.1", "V9", "v20"} {
				other.Base = strings.TrimSuffix(s.Base, "v2") + version
				other.refuse(t, 400, "invalidVers", "GET", "/Users", "")
				other.refuse(t, 400, "invalidVers", "POST", "/Users", `{}`)
				other.Base = strings.TrimSuffix(s.Base, "/scim/v2") + "/t/default/scim/" + version
				other.refuse(t, 400, "invalidVers", "GET", "/Users/"+id, "")
				if _, header, _ := other.do(t, "GET", "/Users", ""); header.Get("X-Request-Id") == "" {
					t.Error("the refusal has no request id: it was not observed")
				}
			}
			other.Base = strings.TrimSuffix(s.Base, "v2") + "V2"
			other.want(t, 200, "GET", "/Users/"+id, "")
		})
		t.Run("ETG-12 no version means the newest", func(t *testing.T) {
			root := strings.TrimSuffix(s.Base, "/scim/v2")
			for _, base := range []string{root + "/scim", root + "/t/default/scim"} {
				other := *s
				other.Base = base
				report(t, map[string]any{"id": id, "meta": map[string]any{"location": base + "/v2" + path}}, other.want(t, 200, "GET", path, ""))
				other.want(t, 200, "GET", "/Schemas/"+enterprise, "")
				other.want(t, 200, "GET", "/Users?"+filterQuery(`userName eq "versions"`), "")
				other.want(t, 200, "GET", "", "")
				other.want(t, 404, "GET", "/Nowhere", "")
			}
		})
	})
}

// TestHTTP covers HTT and what ERR says of statuses.
func TestHTTP(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "http", `"displayName":"Zoë 😀"`)
		path := "/Users/" + id
		t.Run("HTT-01,02,12 ERR-18 what is accepted", func(t *testing.T) {
			for accept, want := range map[string]string{
				"": "application/scim+json", "*/*": "application/scim+json", "application/*": "application/scim+json", "application/scim+json": "application/scim+json", "application/json": "application/json",
				"application/json;q=0.5, application/scim+json": "application/scim+json", "application/json, application/scim+json;q=0.5": "application/json",
				"text/html, application/scim+json;q=0.1": "application/scim+json", "application/json;q=0.9, */*;q=0.1": "application/json",
				"text/html": "", "application/scim+json;q=0, application/json;q=0": "",
			} {
				status, header, document := s.do(t, "GET", path, "", "Accept", accept)
				if want == "" {
					if status != 406 || document["status"] != "406" {
						t.Errorf("Accept %q: %d %s", accept, status, brief(document))
					}
					continue
				}
				if media := header.Get("Content-Type"); status != 200 || media != want {
					t.Errorf("Accept %q: %d %q, want %q", accept, status, media, want)
				}
			}
		})
		t.Run("HTT-02,03,04 ERR-18 what is taken", func(t *testing.T) {
			body := patchOp(`{"op":"replace","path":"title","value":"é"}`)
			for kind, want := range map[string]int{
				"application/scim+json": 200, "application/json": 200, "application/scim+json; charset=utf-8": 200, "application/json;charset=UTF-8": 200,
				"application/xml": 415, "application/x-www-form-urlencoded": 415, "application/json; charset=latin1": 415, "text/plain": 415, "nonsense": 415,
			} {
				status, _, document := s.do(t, "PATCH", path, body, "Content-Type", kind)
				if status != want || want == 415 && document["status"] != "415" {
					t.Errorf("%s: %d %s", kind, status, brief(document))
				}
			}
			s.refuse(t, 400, "invalidSyntax", "PATCH", path, patchOp("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"\xff\"}"))
		})
		t.Run("HTT-06 ERR-18 405 says what is allowed", func(t *testing.T) {
			for request, allowed := range map[string]string{"PATCH /Users": "GET POST", "POST " + path: "GET PUT PATCH DELETE", "DELETE /Schemas": "GET", "PUT /Bulk": "POST", "PUT /.search": "POST"} {
				method, at, _ := strings.Cut(request, " ")
				status, header, document := s.do(t, method, at, "{}")
				for _, want := range strings.Fields(allowed) {
					if status != 405 || document["status"] != "405" || !strings.Contains(header.Get("Allow"), want) {
						t.Errorf("%s: %d, Allow %q, %s", request, status, header.Get("Allow"), brief(document))
					}
				}
			}
		})
		t.Run("HTT-09 slashes", func(t *testing.T) {
			s.want(t, 200, "GET", path+"/", "")
			s.want(t, 200, "GET", "/Users/", "")
			for _, odd := range []string{"//Users", "/Users//" + id, "/Users///", "//", "/Users/" + id + "//"} {
				s.want(t, 404, "GET", odd, "")
			}
		})
		t.Run("HTT-10 204 has no body, lists have one", func(t *testing.T) {
			status, header, document := s.do(t, "DELETE", "/Users/"+s.user(t, "leaver"), "")
			if status != 204 || document != nil || header.Get("Content-Length") != "" && header.Get("Content-Length") != "0" {
				t.Errorf("status %d, headers %v", status, header)
			}
			report(t, map[string]any{"Resources": "$len:0"}, s.want(t, 200, "GET", "/Users?"+filterQuery(`userName eq "x"`), ""))
		})
		t.Run("HTT-11 nobody else keeps personal data", func(t *testing.T) {
			for _, at := range []string{path, "/Users", "/Groups", "/Users/nobody"} {
				_, header, _ := s.do(t, "GET", at, "")
				if control := header.Get("Cache-Control"); !strings.Contains(control, "private") && !strings.Contains(control, "no-store") {
					t.Errorf("%s: Cache-Control %q", at, control)
				}
			}
		})
		t.Run("HTT-13 ERR-16 bodies have an end", func(t *testing.T) {
			huge := `{` + userSchemas + `,"userName":"` + strings.Repeat("x", 2<<20) + `"}`
			s.refuse(t, 413, "", "POST", "/Users", huge)
			s.refuse(t, 413, "", "POST", "/Users/.search", searchBody(strings.Repeat("x", 2<<20)))
			s.refuse(t, 413, "", "POST", "/Bulk", `{"x":"`+strings.Repeat("x", 9<<20)+`"}`)
		})
		t.Run("HTT-14 encodings are not taken", func(t *testing.T) {
			status, _, document := s.do(t, "POST", "/Users", `{}`, "Content-Encoding", "gzip")
			if status != 415 || document["status"] != "415" {
				t.Errorf("status %d %s", status, brief(document))
			}
			_, header, _ := s.do(t, "GET", path, "", "Accept-Encoding", "gzip")
			if encoding := header.Get("Content-Encoding"); encoding != "" {
				t.Errorf("encoding %q", encoding)
			}
		})
		t.Run("HTT-15 SEC-27 ids are opaque and decoded once", func(t *testing.T) {
			for _, odd := range []string{"..%2FGroups", "%2e%2e%2fGroups%2fx", id + "%2F", "%252F", "%2F" + id, "a%00b", "%ff", strings.Replace(id, "-", "%252d", 1), "'%20OR%201=1", "<script>"} {
				report(t, map[string]any{"status": "404"}, s.want(t, 404, "GET", "/Users/"+odd, ""))
			}
			s.want(t, 200, "GET", "/Users/"+strings.ReplaceAll(id, "-", "%2d"), "")
			if status := rawStatus(t, s, "GET /scim/v2/Users/../Groups/x HTTP/1.1"); status != "404" {
				t.Errorf("dots: %s", status)
			}
		})
		t.Run("ERR-01..03 every error is an Error", func(t *testing.T) {
			registered := " invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive invalidCursor expiredCursor invalidCount "
			for request, want := range map[string]int{
				"GET /Users/nobody": 404, "GET /Nowhere": 404, "GET /Users?filter=x": 400, "POST /Users": 400, "DELETE /Users": 405, "GET /Users?count=x": 400, "GET /Schemas?filter=x": 403, "GET /Users?filter=password+pr": 403,
			} {
				method, at, _ := strings.Cut(request, " ")
				status, header, document := s.do(t, method, at, "")
				report(t, map[string]any{"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": fmt.Sprint(want), "detail": "$minlen:5"}, document)
				keyword, has := document["scimType"].(string)
				if status != want || header.Get("Content-Type") != "application/scim+json" || has && !strings.Contains(registered, " "+keyword+" ") {
					t.Errorf("%s: %d, %q, scimType %q", request, status, header.Get("Content-Type"), keyword)
				}
			}
		})
		t.Run("ERR-15 SEC-02,05 401, 403 and 404", func(t *testing.T) {
			status, header, document := s.send(t, "GET", path, http.Header{}, nil)
			report(t, map[string]any{"status": "401", "scimType": "$absent"}, document)
			if challenge := header.Get("WWW-Authenticate"); status != 401 || !strings.HasPrefix(challenge, "Bearer ") || strings.Contains(challenge, "error") {
				t.Errorf("status %d, challenge %q", status, challenge)
			}
			s.want(t, 404, "GET", "/Users/nobody", "")
			s.want(t, 404, "GET", "/Nowhere", "")
		})
		t.Run("ERR-20 AMB-10 errors inside Bulk are the same", func(t *testing.T) {
			single := s.want(t, 409, "POST", "/Users", `{`+userSchemas+`,"userName":"HTTP"}`)
			got := s.want(t, 200, "POST", "/Bulk", bulkBody("", postUser("a", "HTTP"), `{"method":"DELETE","path":"/Users/nobody"}`))
			report(t, map[string]any{"Operations": []any{
				map[string]any{"status": "409", "response": single},
				map[string]any{"status": "404", "response": map[string]any{"status": "404", "schemas": "$array", "detail": "$string"}},
			}}, got)
		})
	})
}

// rawStatus sends a request line as it is, which no client library does, and
// returns the status.
func rawStatus(t *testing.T, s *server, line string) string {
	t.Helper()
	host := strings.TrimSuffix(strings.TrimPrefix(s.Base, "http://"), "/scim/v2")
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := io.WriteString(connection, line+"\r\nHost: "+host+"\r\nAuthorization: Bearer "+s.Token+"\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	status, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(status)[1]
}

// TestPublicURL runs a server behind a proxy with a path of its own.
func TestPublicURL(t *testing.T) {
	t.Parallel()
	const public = "https://id.example.com/a%20b/%C3%BC/rollcall"
	running, err := trial.Start(t.Context(), trial.Options{Database: "sqlite:" + filepath.Join(t.TempDir(), "rollcall.db"), PublicURL: "https://id.example.com/a b/ü/rollcall/"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Stop() })
	s := &server{Base: running.SCIM, Token: trial.Token}
	t.Run("HTT-05,08 URLs are those of the proxy", func(t *testing.T) {
		status, header, made := s.do(t, "POST", "/Users", `{`+userSchemas+`,"userName":"proxy"}`, "X-Forwarded-Host", "evil.example", "Host", "evil.example")
		location := public + "/scim/v2/Users/" + made["id"].(string)
		if status != 201 || header.Get("Location") != location || !plainURL(location) {
			t.Errorf("status %d, Location %q", status, header.Get("Location"))
		}
		report(t, map[string]any{"meta": map[string]any{"location": location}}, made)
		group := s.group(t, "proxy", made["id"].(string))
		report(t, map[string]any{"members": []any{map[string]any{"$ref": location}}}, s.want(t, 200, "GET", "/Groups/"+group, ""))
		report(t, map[string]any{"groups": []any{map[string]any{"$ref": public + "/scim/v2/Groups/" + group}}}, s.want(t, 200, "GET", "/Users/"+made["id"].(string), ""))
		report(t, map[string]any{"meta": map[string]any{"location": public + "/scim/v2/ServiceProviderConfig"}}, s.want(t, 200, "GET", "/ServiceProviderConfig", ""))
		for _, path := range []string{"/Users/" + made["id"].(string) + "?attributes=meta", "?count=5", "/Schemas", "/ResourceTypes?x=%20"} {
			for _, found := range locations(s.want(t, 200, "GET", path, "")) {
				if !plainURL(found) || !strings.HasPrefix(found, public) {
					t.Errorf("%s answers with the location %q", path, found)
				}
			}
		}
	})
}

// plainURL reports whether a text is an absolute URL without a query in which
// every character stands as RFC 3986 wants it.
func plainURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.IsAbs() && u.Host != "" && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && u.String() == text
}

// locations are all values of "location" and "$ref" in a document.
func locations(document any) []string {
	var found []string
	switch v := document.(type) {
	case []any:
		for _, item := range v {
			found = append(found, locations(item)...)
		}
	case map[string]any:
		for name, value := range v {
			if text, ok := value.(string); ok && (name == "location" || name == "$ref") {
				found = append(found, text)
			}
			found = append(found, locations(value)...)
		}
	}
	return found
}
