package browser

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	testOf  = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	nameOf  = regexp.MustCompile("`([^`]+)`")
	rowOf   = regexp.MustCompile(`(?m)^\|(.*)\|$`)
	ruling  = regexp.MustCompile(`^[-|]+$`)
	inTable = filepath.Join("..", "..", "docs", "console-tests.md")
)

// TestTable holds what docs/console-tests.md says of the tests against the tests that
// there are.
func TestTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(inTable)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, one := range tasks {
		there[one.name] = true
	}
	for _, root := range []string{"internal", "cmd"} {
		files, err := filepath.Glob(filepath.Join("..", "..", root, "*", "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range testOf.FindAllStringSubmatch(string(source), -1) {
				there[found[1]] = true
			}
		}
	}
	said := map[string]bool{}
	rows := rowOf.FindAllStringSubmatch(string(page), -1)
	for _, row := range rows {
		cells := strings.Split(row[1], "|")
		tests := cells[len(cells)-1]
		if ruling.MatchString(row[1]) || strings.TrimSpace(tests) == "Tests" {
			continue
		}
		names := nameOf.FindAllStringSubmatch(tests, -1)
		if len(names) == 0 && !strings.Contains(tests, "every task") {
			t.Errorf("nothing tests%s", strings.Join(cells[:len(cells)-1], "|"))
		}
		for _, name := range names {
			if said[name[1]] = true; !there[name[1]] {
				t.Errorf("there is no test %q", name[1])
			}
		}
	}
	if len(rows) < 60 {
		t.Errorf("the table has %d rows", len(rows))
	}
	if i := slices.IndexFunc(tasks, func(one task) bool { return !said[one.name] }); i >= 0 {
		t.Errorf("the table does not say what %q shows", tasks[i].name)
	}
}
