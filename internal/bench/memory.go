package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/internal/trial"
)

const (
	// streams is how many clients read the large group at once.
	streams = 8
	// readings is how often each of them does.
	readings = 5
	// allowance is how far the server may grow above its idle size, in bytes.
	allowance = 100 << 20
)

// measureMemory starts the server as a process of its own, reads a group of
// 100,000 from several clients at once, and returns how far its resident size
// rose above that of the idle server, as a part of the allowance.
func measureMemory(ctx context.Context, b *bed) (result, error) {
	g, err := b.groupBed(ctx)
	if err != nil {
		return result{}, err
	}
	server, base, err := startProcess(ctx, b, g.url)
	if err != nil {
		return result{}, err
	}
	defer func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	}()
	idle, err := resident(server.Process.Pid, "VmRSS:")
	if err != nil {
		return result{}, err
	}
	group, reading := errgroup.WithContext(ctx)
	for range streams {
		group.Go(func() error {
			for range readings {
				if err := b.discard(reading, base+"/scim/v2/Groups/"+g.big); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return result{}, err
	}
	peak, err := resident(server.Process.Pid, "VmHWM:")
	return result{float64(peak-idle) / allowance, mebibytes(idle), mebibytes(peak)}, err
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1fMiB", float64(n)/(1<<20)) }

// startProcess builds the server, starts it on a database and waits until it
// is ready.
func startProcess(ctx context.Context, b *bed, database string) (*exec.Cmd, string, error) {
	dir, err := os.MkdirTemp("", "rollcall-bench-")
	if err != nil {
		return nil, "", err
	}
	b.stops = append(b.stops, func() { _ = os.RemoveAll(dir) })
	binary := filepath.Join(dir, "rollcall")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "rollcall/cmd/rollcall") //nolint:gosec // a path of our own
	if out, err := build.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("build the server: %w: %s", err, out)
	}
	listen, err := trial.FreeAddress(ctx)
	if err != nil {
		return nil, "", err
	}
	server := exec.CommandContext(ctx, binary, "serve", "--listen", listen, "--log-level", "warn") //nolint:gosec // built above
	server.Env = append(os.Environ(), "ROLLCALL_DATABASE="+database, "ROLLCALL_BOOTSTRAP_TOKEN="+trial.Token)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return nil, "", err
	}
	base := "http://" + listen
	for range 500 {
		if err = b.discard(ctx, base+"/readyz"); err == nil {
			return server, base, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	_ = server.Process.Kill()
	_ = server.Wait()
	return nil, "", fmt.Errorf("the server did not become ready: %w", err)
}

// discard reads an answer without keeping it.
func (b *bed) discard(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+trial.Token)
	response, err := b.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// resident reads a size out of /proc/PID/status, in bytes.
func resident(pid int, field string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for scanner := bufio.NewScanner(bytes.NewReader(status)); scanner.Scan(); {
		columns := bytes.Fields(scanner.Bytes())
		if len(columns) >= 2 && string(columns[0]) == field {
			kibibytes, err := strconv.ParseInt(string(columns[1]), 10, 64)
			return kibibytes << 10, err
		}
	}
	return 0, fmt.Errorf("no %s in the status of the process", field)
}
