package conformance

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall/internal/await"
	"rollcall/internal/trial"
)

// TestAsyncSurvivesRestarts ends the server while it carries requests out, twice
// with SIGKILL and once with SIGTERM, and looks for each of them: carried out,
// and once.
func TestAsyncSurvivesRestarts(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		p.start(t)
		var locations []string
		for round := range 3 {
			for n := range 6 {
				locations = append(locations, p.defer30(t, fmt.Sprintf("kill-%d-%d", round, n)))
			}
			p.end(t, round)
			p.start(t)
		}
		for _, location := range locations {
			p.allCreated(t, location)
		}
		// 18 requests of 29 users and a group of them all.
		for path, want := range map[string]float64{"/Users": 18 * 29, "/Groups": 18} {
			var list struct{ TotalResults float64 }
			if _, data := p.send(t.Context(), "GET", "/scim/v2"+path, ""); json.Unmarshal(data, &list) != nil || list.TotalResults != want {
				t.Errorf("%s: %v, want %v", path, list.TotalResults, want)
			}
		}
	})
}

// end ends the server, in the second round with SIGTERM: then the next one may
// start beside it as soon as it no longer listens.
func (p *process) end(t *testing.T, round int) {
	t.Helper()
	if round != 1 {
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await.That(t, time.Minute, "the server listens no more", func() bool {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", p.listen)
		if err == nil {
			_ = listener.Close()
		}
		return err == nil
	})
}

// defer30 sends a bulk request of 30 operations to be carried out later.
func (p *process) defer30(t *testing.T, name string) (location string) {
	t.Helper()
	var operations, members []string
	for i := range 29 {
		operations = append(operations, postUser(fmt.Sprint("u", i), fmt.Sprintf("%s-%d", name, i)))
		members = append(members, fmt.Sprint("bulkId:u", i))
	}
	body := bulkBody("", append([]string{postGroup("g", name, members...)}, operations...)...)
	status, header := p.prefer(t, body)
	if status != http.StatusAccepted {
		t.Fatalf("status %d", status)
	}
	return header.Get("Location")
}

// prefer sends a bulk request with Prefer: respond-async.
func (p *process) prefer(t *testing.T, body string) (int, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+p.listen+"/scim/v2/Bulk", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Authorization": {"Bearer " + trial.Token}, "Content-Type": {"application/scim+json"}, "Prefer": {"respond-async"}}
	response, _, err := exchange(t, request, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header
}

// allCreated waits for the completion of a request, all of which succeeded.
func (p *process) allCreated(t *testing.T, location string) {
	t.Helper()
	var status int
	data := await.For(t, 2*time.Minute, "the completion of "+location, func() (data []byte, done bool) {
		status, data = p.send(t.Context(), "GET", location[len("http://"+p.listen):], "")
		return data, status != http.StatusAccepted
	})
	var list struct{ Resources []map[string]any }
	if err := json.Unmarshal(data, &list); err != nil || status != http.StatusOK || len(list.Resources) != 30 {
		t.Fatalf("%s: status %d, %v: %s", location, status, err, brief(string(data)))
	}
	for _, claims := range list.Resources {
		if operation(claims)["status"] != "201" {
			t.Errorf("%s: %s", location, brief(claims))
		}
	}
}
