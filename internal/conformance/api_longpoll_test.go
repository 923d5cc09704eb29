package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"rollcall/internal/api"
	"rollcall/internal/await"
	"rollcall/internal/trial"
)

// TestLongPoll: an answer that is held back comes with the first event, and with
// the end of the server.
func TestLongPoll(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, database string) {
		running, err := trial.Start(t.Context(), trial.Options{Database: database})
		if err != nil {
			t.Fatal(err)
		}
		stopped := false
		t.Cleanup(func() {
			if !stopped {
				_ = running.Stop()
			}
		})
		s := &server{Base: running.SCIM, Token: trial.Token, Store: beside(t, database)}
		o := s.desk()
		at := "/receivers/" + o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll","events":["prov:create"]}`)["id"].(string) + "/poll"
		answers := o.polling(t, running.Root, at, `{}`)
		s.user(t, "ada")
		first := <-answers
		if first.status != 200 || len(first.sets) != 1 {
			t.Fatalf("with the first event: status %d, %d tokens", first.status, len(first.sets))
		}
		acknowledge := ""
		for jti := range first.sets {
			acknowledge = fmt.Sprintf(`{"ack":[%q]}`, jti)
		}
		answers = o.polling(t, running.Root, at, acknowledge)
		stopped = true
		if err := running.Stop(); err != nil {
			t.Error(err)
		}
		if last := <-answers; last.status != 200 || len(last.sets) != 0 || last.took > 20*time.Second {
			t.Errorf("with the end of the server: %+v", last)
		}
	})
}

type polled struct {
	status int
	sets   map[string]any
	took   time.Duration
}

// polling polls and returns as soon as the server has taken the request up.
func (o *office) polling(t *testing.T, root, at, body string) <-chan polled {
	t.Helper()
	answers, written := make(chan polled, 1), make(chan struct{})
	trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(written) }})
	request, err := http.NewRequestWithContext(trace, http.MethodPost, root+api.Root+at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Authorization": {"Bearer " + o.Token}, "Content-Type": {"application/json"}}
	go func() {
		started := time.Now()
		response, data, err := exchange(t, request, []byte(body))
		if err != nil {
			answers <- polled{}
			return
		}
		var answer struct {
			Sets map[string]any `json:"sets"`
		}
		if err := json.Unmarshal(data, &answer); err != nil {
			t.Error(err)
		}
		answers <- polled{response.StatusCode, answer.Sets, time.Since(started)}
	}()
	<-written
	o.inFlight(t, root)
	return answers
}

// inFlight waits until the server is at a request beside the one that asks.
func (o *office) inFlight(t *testing.T, root string) {
	t.Helper()
	await.That(t, time.Minute, "the request is taken up", func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, root+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, data, err := exchange(t, request, nil)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(data), "rollcall_http_requests_in_flight 2\n")
	})
}
