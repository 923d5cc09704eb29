package events_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/internal/events"
)

// TestFamilies: the types of a family begin alike, and those of its page are all
// there are.
func TestFamilies(t *testing.T) {
	t.Parallel()
	for _, family := range events.Families() {
		begin, _, _ := strings.Cut(family.Types[0], ":")
		for _, typ := range family.Types {
			if !strings.HasPrefix(typ, begin+":") || family.About == "" || family.Asks() != begin+":*" && family.Asks() != typ {
				t.Errorf("%s of %+v, asked for by %s", typ, family, family.Asks())
			}
		}
	}
	page, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z]+:.*?) \\|").FindAllStringSubmatch(string(page), -1) {
		for typ := range strings.SplitSeq(row[1], ", ") {
			described = append(described, strings.Trim(typ, "`"))
		}
	}
	all := events.Types()
	slices.Sort(all)
	if slices.Sort(described); !slices.Equal(described, all) {
		t.Errorf("described are %v, told are %v", described, all)
	}
}
