package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestNormalisedRequests: a request that needed something is counted and named
// in the log of level debug, without what was sent.
func TestNormalisedRequests(t *testing.T) {
	t.Parallel()
	s, log := newTestServer(t, nil)
	const user = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s",%s}`
	for i, members := range []string{`"active":"True","title":""`, `"active":"True"`, `"active":true`} {
		if r := s.ask(t, "POST", "/scim/v2/Users", testToken, fmt.Sprintf(user, fmt.Sprintf("person-%d", i), members)); r.Code != http.StatusCreated {
			t.Fatalf("%s: %d %s", members, r.Code, r.Body)
		}
	}
	if r := s.ask(t, "POST", "/scim/v2/Users", testToken, fmt.Sprintf(user, "person-3", `"active":"True","locale":5`)); r.Code != http.StatusBadRequest {
		t.Fatalf("a number for a text: %d", r.Code)
	}
	metrics := s.ask(t, "GET", "/metrics", "", "").Body.String()
	for name, want := range map[string]string{"booleanStrings": "3", "emptyStrings": "1"} {
		if !strings.Contains(metrics, `normalisation="`+name+`"} `+want+"\n") {
			t.Errorf("%s is not counted %s times", name, want)
		}
	}
	if strings.Count(metrics, "rollcall_normalisations_total{") != 2 {
		t.Error("something else is counted")
	}
	text := log.String()
	if got := strings.Count(text, `msg="request normalised"`); got != 3 {
		t.Errorf("%d lines, want 3", got)
	}
	if !strings.Contains(text, `normalisations="[booleanStrings emptyStrings]" connection=default request_id=`) {
		t.Errorf("the log does not name them: %s", text)
	}
	if strings.Contains(text, "person-") {
		t.Error("the log shows what was sent")
	}
}

// TestRateOfIPSIE: with the limit that the IPSIE profiles ask for, 25 requests
// within a second pass, also those of discovery; what is beyond the limit is
// told when to come again.
func TestRateOfIPSIE(t *testing.T) {
	t.Parallel()
	paths := []string{"/scim/v2/Users", "/scim/v2/Schemas", "/scim/v2/ResourceTypes/User"}
	t.Run("IPS-04 25 requests a second", func(t *testing.T) {
		s, _ := newTestServer(t, func(c *Config) { c.RateLimit = 25 })
		for i := range 25 {
			if r := s.ask(t, "GET", paths[i%3], testToken, ""); r.Code != http.StatusOK {
				t.Fatalf("request %d: %d", i, r.Code)
			}
		}
	})
	t.Run("IPS-04 on all endpoints", func(t *testing.T) {
		s, _ := newTestServer(t, func(c *Config) { c.RateLimit = 0.001 })
		s.ask(t, "GET", "/scim/v2/Users", testToken, "")
		for _, path := range paths {
			if r := s.ask(t, "GET", path, testToken, ""); r.Code != http.StatusTooManyRequests || r.Header().Get("Retry-After") == "" {
				t.Errorf("%s beyond the limit: %d, Retry-After %q", path, r.Code, r.Header().Get("Retry-After"))
			}
		}
		if r := s.ask(t, "GET", "/scim/v2/Schemas", "", ""); r.Code != http.StatusOK {
			t.Errorf("discovery without a token: %d", r.Code)
		}
	})
}
