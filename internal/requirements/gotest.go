package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// errTests says that tests failed; their output has said how.
var errTests = errors.New("tests failed")

// event is one line of "go test -json" (see "go doc test2json").
type event struct {
	Action, Package, Test, Output string
}

// goTest runs "go test -json" with further arguments, prints what plain
// "go test" would, and reports how each test ended.
func goTest(ctx context.Context, args []string, stdout, stderr io.Writer, ended func(event)) error {
	command := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...) //nolint:gosec // the arguments are those of the person who types them
	command.Stderr = stderr
	// The tests have the same signal from the terminal and end themselves.
	command.Cancel, command.WaitDelay = func() error { return nil }, time.Minute
	stream, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	readErr := follow(stream, newPrinter(stdout), ended)
	if readErr != nil {
		_, _ = io.Copy(io.Discard, stream)
	}
	if err := command.Wait(); err != nil {
		fmt.Fprintln(stdout, "FAIL")
		return errTests
	}
	return readErr
}

// follow reads the stream to its end. A line that is no event is printed.
func follow(stream io.Reader, p *printer, ended func(event)) error {
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				p.print(string(line))
			} else {
				p.take(e)
				if e.Test != "" && slices.Contains([]string{"pass", "fail", "skip"}, e.Action) {
					ended(e)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// wholeRun are the flags that leave no test out of ./... ; -short leaves some
// out, but the whole run is defined with it.
var wholeRun = []string{"race", "gcflags", "short", "timeout", "count", "p", "parallel", "cpu", "v"}

// partial says why arguments of "go test" do not run every test, or "" if they
// do: only then a requirement without a test is one that nobody shows.
func partial(args []string) string {
	everything := false
	for _, arg := range args {
		name, isFlag := strings.CutPrefix(arg, "-")
		name, value, _ := strings.Cut(strings.TrimPrefix(name, "-"), "=")
		switch {
		case !isFlag && arg == "./...":
			everything = true
		case !isFlag && strings.Trim(arg, "0123456789mhs.") == "":
			// the value of -timeout, -count or -p
		case !isFlag:
			return "the run names " + arg
		case !slices.Contains(wholeRun, name) || name == "count" && value == "0":
			return "the run has the flag " + arg
		}
	}
	if !everything {
		return "the run does not name ./..."
	}
	return ""
}
