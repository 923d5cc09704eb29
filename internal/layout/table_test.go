package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	row  = regexp.MustCompile("^\\| (`[^|]+) \\| [^|]+ \\| ([^|]+) \\|$")
	name = regexp.MustCompile("`([^`]+)`")
)

// readTable reads what each package imports from the table of ARCHITECTURE.md.
func readTable(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	table, problems := parseTable(string(page))
	for _, problem := range problems {
		t.Errorf("ARCHITECTURE.md: %s", problem)
	}
	if len(table) < 10 {
		t.Fatalf("ARCHITECTURE.md names %d packages only", len(table))
	}
	return table
}

// parseTable reads the rows between the head of the table and the line after it.
// The last column is a list of packages, or "nothing", which a remark may follow.
func parseTable(page string) (table map[string][]string, problems []string) {
	table = map[string][]string{}
	_, rows, _ := strings.Cut(page, "\n| Package | Owns | Imports |\n|---|---|---|\n")
	rows, _, _ = strings.Cut(rows, "\n\n")
	for line := range strings.Lines(rows) {
		line = strings.TrimSuffix(line, "\n")
		columns := row.FindStringSubmatch(line)
		if columns == nil {
			problems = append(problems, "no row of the table: "+line)
			continue
		}
		imports := namesIn(columns[2])
		slices.Sort(imports)
		remark := len(imports) == 0 && strings.HasPrefix(columns[2], "nothing;")
		if cell(imports) != columns[2] && !remark {
			problems = append(problems, "no list of packages in order: "+columns[2])
		}
		for _, pkg := range namesIn(columns[1]) {
			if _, twice := table[pkg]; twice {
				problems = append(problems, "twice in the table: "+pkg)
			}
			table[pkg] = imports
		}
	}
	return table, problems
}

func namesIn(text string) []string {
	var names []string
	for _, found := range name.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	return names
}

// cell is a list of packages as the table has it.
func cell(packages []string) string {
	if len(packages) == 0 {
		return "nothing"
	}
	return "`" + strings.Join(packages, "`, `") + "`"
}

// ownImports are the packages of this module that a package imports, in order
// and tests aside.
func ownImports(imports []imported) []string {
	var own []string
	for _, i := range imports {
		if pkg, ok := strings.CutPrefix(i.path, module+"/"); ok && !i.inTest {
			own = append(own, pkg)
		}
	}
	slices.Sort(own)
	return slices.Compact(own)
}

// TestTable holds the reading of the table to examples.
func TestTable(t *testing.T) {
	t.Parallel()
	const head = "# A\n\n| Package | Owns | Imports |\n|---|---|---|\n"
	for rows, want := range map[string]string{
		"| `a` | x | nothing |\n| `b`, `c/d` | x `e` | `a`, `f/g` |":    "a= b=a,f/g c/d=a,f/g",
		"| `a` | x | nothing; its tests, everything |":                  "a=",
		"| `a` | x | `c`, `b` |":                                        "refused",
		"| `a` | x | `b` and more |":                                    "refused",
		"| `a` | x | everything |":                                      "refused",
		"| `a` | x | nothing |\n| `a` | y | nothing |":                  "refused",
		"| `a` | nothing |":                                             "refused",
		"| a | x | nothing |":                                           "refused",
		"| `a` | x | nothing |\n\n| `b` | of another table | nothing |": "a=",
	} {
		table, problems := parseTable(head + rows + "\n\nText.\n")
		var list []string
		for pkg, imports := range table {
			list = append(list, pkg+"="+strings.Join(imports, ","))
		}
		slices.Sort(list)
		got := strings.Join(list, " ")
		if len(problems) > 0 {
			got = "refused"
		}
		if got != want {
			t.Errorf("%s: %s %v, want %s", rows, got, problems, want)
		}
	}
}
