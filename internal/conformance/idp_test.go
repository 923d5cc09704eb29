package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// idpCase is one recorded conversation of an identity provider.
type idpCase struct {
	ID    string    `json:"id"`
	Level string    `json:"level"`
	Steps []idpStep `json:"steps"`
}

type idpStep struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
	RawBody *string           `json:"raw_body"`
	Auth    string            `json:"auth"`
	Expect  struct {
		Status  []int          `json:"status"`
		Subset  any            `json:"body_subset"`
		Headers map[string]any `json:"headers"`
	} `json:"expect"`
	Save map[string]string `json:"save"`
}

// TestIdentityProviders replays every case of testdata/idp/cases.jsonl.
func TestIdentityProviders(t *testing.T) {
	t.Parallel()
	cases := readCases(t)
	if len(cases) != 120 {
		t.Fatalf("%d cases, want 120", len(cases))
	}
	onEachStore(t, func(t *testing.T, s *server) {
		for _, c := range cases {
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				runCase(t, s, c)
			})
		}
	})
}

func readCases(t *testing.T) []idpCase {
	t.Helper()
	file, err := os.Open("../../testdata/idp/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var cases []idpCase
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		var c idpCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

func runCase(t *testing.T, s *server, c idpCase) {
	vars := map[string]string{
		"run": strings.ReplaceAll(uuid.NewString()[:8], "-", ""), "case": c.ID, "base": s.Base,
		"guid": uuid.NewString(), "guid2": uuid.NewString(),
	}
	for n, step := range c.Steps {
		status, header, document := s.step(t, step, vars)
		at := fmt.Sprintf("step %d %s %s", n+1, step.Method, expand(step.Path, vars))
		if !slices.Contains(step.Expect.Status, status) {
			t.Fatalf("%s: status %d, want %v: %s", at, status, step.Expect.Status, brief(document))
		}
		if step.Expect.Subset != nil && status != http.StatusNoContent {
			for _, wrong := range mismatches(expandAll(step.Expect.Subset, vars), document, "$") {
				t.Fatalf("%s: %s", at, wrong)
			}
		}
		for name, want := range step.Expect.Headers {
			var got any = missing{}
			if v := header.Get(name); v != "" {
				got = v
			}
			for _, wrong := range mismatches(expandAll(want, vars), got, "header "+name) {
				t.Fatalf("%s: %s", at, wrong)
			}
		}
		for name, path := range step.Save {
			v := pick(document, path)
			if v == any(missing{}) {
				t.Fatalf("%s: nothing to save at %s", at, path)
			}
			vars[name] = fmt.Sprint(v)
		}
	}
}

func (s *server) step(t *testing.T, step idpStep, vars map[string]string) (int, http.Header, any) {
	t.Helper()
	path, query, hasQuery := strings.Cut(expand(step.Path, vars), "?")
	if hasQuery {
		path += "?" + quoteQuery(query)
	}
	var body []byte
	switch {
	case step.RawBody != nil:
		body = []byte(expand(*step.RawBody, vars))
	case step.Body != nil:
		var err error
		if body, err = json.Marshal(expandAll(step.Body, vars)); err != nil {
			t.Fatal(err)
		}
	}
	header := http.Header{"Accept": {"application/scim+json"}}
	if body != nil {
		header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	switch step.Auth {
	case "none":
	case "bad":
		header.Set("Authorization", "Bearer not-the-token")
	default:
		header.Set("Authorization", "Bearer "+s.Token)
	}
	for name, value := range step.Headers {
		header.Set(name, expand(value, vars))
	}
	return s.send(t, step.Method, path, header, body)
}

// quoteQuery escapes what a lax client leaves as it is, and nothing that it
// already escaped.
func quoteQuery(query string) string {
	var out strings.Builder
	for i := range len(query) {
		if b := query[i]; b <= ' ' || b >= 0x7f || strings.IndexByte("\"<>\\^`{|}[]#", b) >= 0 {
			out.WriteString(strings.ToUpper(url.QueryEscape(string([]byte{b}))))
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}

var variable = regexp.MustCompile(`\$\{(\w+)\}`)

func expand(text string, vars map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		if v, ok := vars[found[2:len(found)-1]]; ok {
			return v
		}
		return found
	})
}

func expandAll(v any, vars map[string]string) any {
	switch v := v.(type) {
	case string:
		return expand(v, vars)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = expandAll(v[i], vars)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[expand(key, vars)] = expandAll(value, vars)
		}
		return out
	}
	return v
}
