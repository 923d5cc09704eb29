package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rollcall/internal/api"
	"rollcall/internal/await"
	"rollcall/internal/trial"
)

// TestKillLosesNoAcknowledgedWrite kills the server with SIGKILL in the middle
// of a write load, starts it again, and looks for everything that was
// acknowledged.
func TestKillLosesNoAcknowledgedWrite(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		var names, members, bulks []string
		p.start(t)
		group := p.create(t, "/Groups", `{`+groupSchemas+`,"displayName":"crash"}`)
		for round := range 3 {
			written, added := p.loadAndKill(t, round, group)
			if len(written) == 0 || len(added) == 0 {
				t.Fatal("the load wrote nothing before the kill")
			}
			names, members = append(names, written...), append(members, added...)
			bulks = append(bulks, p.bulks...)
			p.start(t)
		}
		// A client that got no answer sends its bulk request again.
		for _, body := range bulks {
			if status, data := p.send(t.Context(), "POST", "/scim/v2/Bulk", body); status != http.StatusOK {
				t.Fatalf("bulk again: status %d, %s", status, data)
			}
		}
		for _, body := range bulks {
			names = append(names, bulkNames.FindAllString(body, -1)...)
		}
		p.checkUsers(t, names)
		p.checkMembers(t, group, members)
	})
}

// buildProgram builds the command as it is shipped.
func buildProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "rollcall")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "rollcall/cmd/rollcall").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// process is a server of its own.
type process struct {
	t                         *testing.T
	program, database, listen string
	// environ is set beside the token.
	environ []string
	cmd     *exec.Cmd
	// exited ends with the process that was started last.
	exited chan struct{}
	// bulks are the bulk requests of the last load, the last of them without an
	// answer.
	bulks []string
}

// onEachProcess runs a test with a server of its own on every store, which the test
// starts.
func onEachProcess(t *testing.T, test func(t *testing.T, p *process)) {
	t.Helper()
	program := buildProgram(t)
	onEachDatabase(t, func(t *testing.T, database string) {
		t.Helper()
		test(t, &process{t: t, program: program, database: database, listen: freeAddress(t)})
	})
}

// beside opens the database of the server, and speaks to its two interfaces.
func (p *process) beside(t *testing.T) (*server, *office) {
	t.Helper()
	opened := beside(t, p.database)
	return &server{Base: "http://" + p.listen + "/scim/v2", Token: trial.Token, Store: opened},
		&office{&server{Base: "http://" + p.listen + api.Root, Token: trial.Token, Store: opened}}
}

// bulkNames finds the names of the users in a bulk request of the load.
var bulkNames = regexp.MustCompile(`crash-bulk-[0-9-]+`)

// bulkUntilKilled sends bulk requests one after the other.
func (p *process) bulkUntilKilled(t *testing.T, round int) {
	p.bulks = nil
	for n := 0; ; n++ {
		var operations []string
		for i := range 40 {
			operations = append(operations, postUser(fmt.Sprint("u", i), fmt.Sprintf("crash-bulk-%d-%d-%d", round, n, i)))
		}
		operations = append(operations, postGroup("g", fmt.Sprintf("crash-group-%d-%d", round, n), "bulkId:u0", "bulkId:u39"))
		body := bulkBody("", operations...)
		p.bulks = append(p.bulks, body)
		if status, _ := p.send(t.Context(), "POST", "/scim/v2/Bulk", body); status != http.StatusOK {
			return
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := trial.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// start starts the server and waits until it is ready.
func (p *process) start(t *testing.T) {
	t.Helper()
	if p.exited != nil {
		<-p.exited // who is killed has the address for a moment yet
	}
	p.cmd = exec.Command(p.program, "serve", "--listen", p.listen, "--database", p.database)
	p.cmd.Env = append(os.Environ(), "ROLLCALL_BOOTSTRAP_TOKEN="+trial.Token)
	p.cmd.Env = append(p.cmd.Env, p.environ...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var logged bytes.Buffer
	p.cmd.Stderr, p.cmd.Stdout = &logged, &logged
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	cmd := p.cmd
	p.exited = exited
	go func() { _ = cmd.Wait(); close(exited) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-exited })
	await.That(t, time.Minute, "the server is ready", func() bool {
		select {
		case <-exited:
			t.Fatalf("the server ended: %s", logged.String())
		default:
		}
		status, _ := p.send(t.Context(), "GET", "/readyz", "")
		return status == http.StatusOK
	})
}

func (p *process) send(ctx context.Context, method, path, body string, headers ...string) (int, []byte) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+p.listen+path, strings.NewReader(body))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Authorization", "Bearer "+trial.Token)
	request.Header.Set("Content-Type", "application/scim+json")
	if strings.HasPrefix(path, api.Root) {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, data, err := exchange(p.t, request, []byte(body))
	if err != nil {
		return 0, nil
	}
	return response.StatusCode, data
}

func (p *process) create(t *testing.T, path, body string) string {
	t.Helper()
	status, data := p.send(t.Context(), "POST", "/scim/v2"+path, body)
	var created struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(data, &created); err != nil || status != http.StatusCreated {
		t.Fatalf("create: status %d, %s", status, data)
	}
	return created.ID
}

// loadAndKill writes from several clients until enough was acknowledged, kills
// the server while they go on, and returns what was acknowledged.
func (p *process) loadAndKill(t *testing.T, round int, group string) (names, members []string) {
	t.Helper()
	const clients, enough = 8, 40
	var mu sync.Mutex
	var wg sync.WaitGroup
	reached := make(chan struct{})
	wg.Go(func() { p.bulkUntilKilled(t, round) })
	for client := range clients {
		wg.Go(func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("crash-%d-%d-%d", round, client, n)
				status, data := p.send(t.Context(), "POST", "/scim/v2/Users", `{`+userSchemas+`,"userName":"`+name+`"}`)
				if status != http.StatusCreated {
					return
				}
				var created struct {
					ID string `json:"id"`
				}
				_ = json.Unmarshal(data, &created)
				mu.Lock()
				names = append(names, name)
				mu.Unlock()
				status, _ = p.send(t.Context(), "PATCH", "/scim/v2/Groups/"+group, patchOp(`{"op":"add","path":"members","value":[{"value":"`+created.ID+`"}]}`))
				if status != http.StatusNoContent {
					return
				}
				mu.Lock()
				members = append(members, created.ID)
				if len(members) == enough {
					close(reached)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-reached:
	case <-time.After(time.Minute):
		t.Error("the load is too slow to be killed in the middle")
	}
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	return names, members
}

func (p *process) checkUsers(t *testing.T, names []string) {
	t.Helper()
	for _, name := range names {
		status, data := p.send(t.Context(), "GET", "/scim/v2/Users?attributes=id&filter="+url.QueryEscape(`userName eq "`+name+`"`), "")
		var list struct {
			Total int `json:"totalResults"`
		}
		if err := json.Unmarshal(data, &list); err != nil || status != http.StatusOK || list.Total != 1 {
			t.Errorf("%s was acknowledged and is found %d times (status %d)", name, list.Total, status)
		}
	}
}

func (p *process) checkMembers(t *testing.T, group string, members []string) {
	t.Helper()
	_, data := p.send(t.Context(), "GET", "/scim/v2/Groups/"+group, "")
	var got struct {
		Members []struct {
			Value string `json:"value"`
		} `json:"members"`
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	present := map[string]bool{}
	for _, m := range got.Members {
		present[m.Value] = true
	}
	for _, id := range members {
		if !present[id] {
			t.Errorf("member %s was acknowledged and is lost", id)
		}
	}
}
