package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `## CRE - Create (POST)
- [CRE-01] MUST | Valid POST -> 201. | 7644#3.3 {S}
- [CRE-02] SHOULD | "a|b" is kept | and so on. | 7644#3.3 {S}
- [CRE-03] MAY | Something. | 7644#3.3 {I}
prose
| B1 | add path=nickName value="Babs" | nickName set |
- [AMB-01] Unknown attributes: ignore.
`

func sampleCatalogue(t *testing.T) *catalogue {
	t.Helper()
	c := &catalogue{known: map[string]bool{}}
	for line := range strings.SplitSeq(sample, "\n") {
		if err := c.line(line); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	c, err := readCatalogue("../../" + catalogueFile)
	if err != nil {
		t.Fatal(err)
	}
	levels := map[string]int{}
	for _, r := range c.requirements {
		levels[r.level]++
	}
	want := map[string]int{"MUST": 457, "SHOULD": 96, "MAY": 33, levelExample: 36, levelConflict: 20}
	if diff := cmp.Diff(want, levels); diff != "" {
		t.Error(diff)
	}
	if _, err := readVerdicts("../../"+verdictFile, c); err != nil {
		t.Error(err)
	}
	known := sampleCatalogue(t)
	if err := known.line("- [CRE-04] PERHAPS | x | y {S}"); err == nil {
		t.Error("a line of another form is taken")
	}
	if err := known.line("- [CRE-01] MUST | x | y {S}"); err == nil {
		t.Error("a number is taken twice")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	c := sampleCatalogue(t)
	for text, want := range map[string]string{
		"CRE-01": "CRE-01", "CRE-01..03_AMB-01_words": "CRE-01 CRE-02 CRE-03 AMB-01", "CRE-01,03:": "CRE-01 CRE-03", "B1 add#01": "B1",
		"CRE-02#01": "CRE-02", "UTF-8 and E-1": "", "words": "", "entra-create-user": "",
	} {
		got, err := c.named(text)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"CRE-04", "CRE-1", "CRE-01..04", "CRE-01-02", "CRE-01,2", "XYZ-01", "B2"} {
		if ids, err := c.named(text); err == nil {
			t.Errorf("%q: %v", text, ids)
		}
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	c := sampleCatalogue(t)
	for _, line := range []string{"CRE-01 not offered:", "CRE-01 does not apply: ", "CRE-01 applies: x", "CRE-01 own choice:  ", "CRE-01 perhaps: x", "CRE-09 pending: x", "not offered: x"} {
		if err := addVerdicts(map[string]verdict{}, line, c); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	if err := addVerdicts(map[string]verdict{"CRE-02": {}}, "CRE-01..03 pending: x", c); err == nil {
		t.Error("two verdicts on one requirement")
	}
}

// shows adds the end of a test.
func (e *evidence) shows(action, pkg, test string) {
	e.add(event{Action: action, Package: pkg, Test: test})
}

func TestJudge(t *testing.T) {
	t.Parallel()
	good := func(e *evidence) {
		for _, store := range backends {
			e.shows("pass", "rollcall/internal/conformance", "TestX/"+store+"/CRE-01_B1_AMB-01")
			e.shows("pass", "rollcall/store/"+store, "TestStore/CRE-01")
		}
	}
	verdicts := map[string]verdict{"CRE-02": {notOffered, "no"}, "CRE-03": {notOffered, "no"}}
	for _, test := range []struct {
		name    string
		change  func(*evidence, map[string]verdict)
		mayPend bool
		problem string
	}{
		{"all is well", func(*evidence, map[string]verdict) {}, false, ""},
		{"a test failed", func(e *evidence, _ map[string]verdict) { e.shows("fail", "rollcall/x", "TestY/CRE-01") }, false, "CRE-01: x TestY/CRE-01 failed"},
		{"a test was skipped", func(e *evidence, _ map[string]verdict) { e.shows("skip", "rollcall/x", "TestY/CRE-01") }, false, "was skipped"},
		{"one store only", func(e *evidence, _ map[string]verdict) { e.shows("pass", "rollcall/x", "TestY/sqlite/CRE-01") }, false, "did not run on postgres"},
		{"nobody shows it", func(_ *evidence, v map[string]verdict) { delete(v, "CRE-02") }, false, "CRE-02: no test names it"},
		{"an own choice that nobody shows", func(_ *evidence, v map[string]verdict) { v["CRE-02"] = verdict{ownChoice, "x"} }, false, "CRE-02: no test names it"},
		{"not offered, and shown", func(e *evidence, _ map[string]verdict) { e.shows("pass", "rollcall/x", "TestY/CRE-02") }, false, "said not to be offered"},
		{"it does not apply", func(_ *evidence, v map[string]verdict) { v["CRE-02"] = verdict{inapplicable, "x"} }, false, ""},
		{"a part applies, and is shown", func(_ *evidence, v map[string]verdict) { v["CRE-01"] = verdict{inapplicable, "x"} }, false, ""},
		{"a part applies, and fails", func(e *evidence, v map[string]verdict) {
			v["CRE-01"] = verdict{inapplicable, "x"}
			e.shows("fail", "rollcall/x", "TestY/CRE-01")
		}, false, "CRE-01: x TestY/CRE-01 failed"},
		{"an unknown number", func(e *evidence, _ map[string]verdict) { e.shows("pass", "rollcall/x", "TestY/CRE-77") }, false, "no requirement has the number CRE-77"},
		{"pending", func(_ *evidence, v map[string]verdict) { v["CRE-02"] = verdict{pending, "x"} }, false, "still pending"},
		{"pending, and it may", func(_ *evidence, v map[string]verdict) { v["CRE-02"] = verdict{pending, "x"} }, true, ""},
		{"pending, and built", func(e *evidence, v map[string]verdict) {
			v["CRE-02"] = verdict{pending, "x"}
			e.shows("pass", "rollcall/x", "TestY/CRE-02")
		}, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := sampleCatalogue(t)
			found, said := newEvidence(c), map[string]verdict{}
			for id, v := range verdicts {
				said[id] = v
			}
			good(found)
			test.change(found, said)
			_, err := judge(c, said, found, test.mayPend)
			if test.problem == "" && err != nil || test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)) {
				t.Errorf("error %v, want %q", err, test.problem)
			}
		})
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	c := sampleCatalogue(t)
	found := newEvidence(c)
	for _, store := range backends {
		found.shows("pass", "rollcall/internal/conformance", "TestX/"+store+"/CRE-01_B1_AMB-01")
	}
	result, err := judge(c, map[string]verdict{"CRE-02": {notOffered, "no"}, "CRE-03": {pending, "later"}, "AMB-01": {inapplicable, "never"}}, found, true)
	if err != nil {
		t.Fatal(err)
	}
	page := result.page()
	for _, want := range []string{
		"| CRE-01 | MUST | Valid POST -> 201. | pass | internal/conformance `TestX/CRE-01_B1_AMB-01` |",
		`| CRE-02 | SHOULD | "a\|b" is kept \| and so on. | not offered: no |  |`,
		"| CRE | 1 | 0 | 1 | 0 | 1 | 3 |", "| all | 2 | 0 | 1 | 1 | 1 | 5 |", "| AMB-01 | conflict | Unknown attributes: ignore. | does not apply: never | internal/conformance `TestX/CRE-01_B1_AMB-01` |", "## AMB: Conflicts of the texts",
	} {
		if !strings.Contains(page, want+"\n") {
			t.Errorf("the page lacks %s", want)
		}
	}
	name := filepath.Join(t.TempDir(), "page.md")
	var out bytes.Buffer
	if err := publish(name, page, false, &out, "x"); err == nil || !strings.Contains(err.Error(), "+| CRE-01 |") {
		t.Errorf("a missing page: %v", err)
	}
	if err := publish(name, page, true, &out, "x"); err != nil {
		t.Fatal(err)
	}
	if err := publish(name, page, false, &out, "x"); err != nil {
		t.Errorf("a page just written: %v", err)
	}
	if err := publish(name, strings.Replace(page, "pass", "fail", 1), false, &out, "x"); err == nil || !strings.Contains(err.Error(), "stale") {
		t.Errorf("a stale page: %v", err)
	}
	if data, _ := os.ReadFile(name); string(data) != page {
		t.Error("a comparison wrote the page")
	}
}

// TestMakeTestIsJudged: what "make test" runs is the whole run, whatever flag it gets.
func TestMakeTestIsJudged(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "go run ./internal/requirements ")
	line, _, found := strings.Cut(line, "\n")
	_, args, _ := strings.Cut(line, " -- ")
	_, unwatched, set := strings.Cut(string(text), "\nUNWATCHED = ")
	unwatched, _, _ = strings.Cut(unwatched, "\n")
	if !found || !set || args == "" {
		t.Fatalf("make test runs %q", line)
	}
	if reason := partial(strings.Fields(strings.NewReplacer("$(UNWATCHED)", unwatched, "$(TESTFLAGS)", "-count=1").Replace(args))); reason != "" {
		t.Errorf("make test: %s", reason)
	}
}

func TestPartial(t *testing.T) {
	t.Parallel()
	for args, whole := range map[string]bool{
		"-race -short -timeout 14m ./...": true, "-race -timeout=14m -count=1 ./...": true, "-count 1 -p 2 ./...": true,
		"./scim/...": false, "-run X ./...": false, "-run=X ./...": false, "-skip=X ./...": false, "--run=X ./...": false,
		"-race": false, "-failfast ./...": false, "./... ./scim": false, "-count=0 ./...": false,
	} {
		if reason := partial(strings.Fields(args)); (reason == "") != whole {
			t.Errorf("%s: %q", args, reason)
		}
	}
}

// TestOutput runs "go test" on a module of its own: what is printed is what
// plain "go test" prints of a failure, and every test is reported.
func TestOutput(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module sample\n\ngo 1.26\n",
		"good/good_test.go": `package good
import "testing"
func TestGood(t *testing.T) { t.Log("quiet"); t.Run("CRE-01 sub", func(t *testing.T) { t.Log("quiet") }) }`,
		"bad/bad_test.go": `package bad
import "testing"
func TestBad(t *testing.T) { t.Run("CRE-02 sub", func(t *testing.T) { t.Error("loud") }); t.Run("fine", func(t *testing.T) { t.Log("quiet") }) }`,
		"broken/broken_test.go": `package broken
import "testing"
func TestBroken(t *testing.T) { panic("ouch") }`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var out bytes.Buffer
	var ended []string
	err := goTest(t.Context(), []string{"./..."}, &out, io.Discard, func(e event) { ended = append(ended, e.Action+" "+e.Test) })
	if !errors.Is(err, errTests) {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"ok  \tsample/good", "--- FAIL: TestBad (", "    --- FAIL: TestBad/CRE-02_sub (", "loud", "FAIL\tsample/bad", "panic: ouch", "FAIL\tsample/broken", "\nFAIL\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, &out)
		}
	}
	if text := out.String(); strings.Contains(text, "quiet") || strings.Contains(text, "=== RUN") || strings.Index(text, "FAIL: TestBad (") > strings.Index(text, "TestBad/CRE") {
		t.Errorf("the output says too much, or in another order:\n%s", text)
	}
	for _, want := range []string{"pass TestGood/CRE-01_sub", "fail TestBad/CRE-02_sub", "fail TestBad"} {
		if !slices.Contains(ended, want) {
			t.Errorf("%s was not reported: %v", want, ended)
		}
	}
	out.Reset()
	if err := goTest(t.Context(), []string{"./good"}, &out, io.Discard, func(event) {}); err != nil || !strings.HasPrefix(out.String(), "ok  \tsample/good") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("%v:\n%s", err, &out)
	}
}
