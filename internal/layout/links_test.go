package layout

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	linked  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	inCode  = regexp.MustCompile("`[^`\n]*`")
	unslug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks: no link between the pages of the documentation is dead, and there is no
// picture that no page shows.
func TestLinks(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	reached, pages := map[string]bool{}, documents(t, root)
	for page, text := range pages {
		text = inCode.ReplaceAllString(fenced.ReplaceAllString(text, ""), "")
		for _, found := range linked.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], ":") {
				continue // to another site
			}
			path, anchor, _ := strings.Cut(found[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if reached[target] = true; !there(target) {
				t.Errorf("%s: the link %s leads nowhere", page, found[1])
			} else if anchor != "" && !slugs(pages[target])[anchor] {
				t.Errorf("%s: %s has no heading #%s", page, target, anchor)
			}
		}
	}
	pictures, err := filepath.Glob(filepath.Join(root, "docs", "images", "*"))
	if err != nil || len(pictures) < 10 || len(reached) < 30 {
		t.Fatalf("%d pictures, %d targets: %v", len(pictures), len(reached), err)
	}
	for _, picture := range pictures {
		if !reached[picture] {
			t.Errorf("no page shows %s", picture)
		}
	}
}

// documents are the pages of the documentation, by their file.
func documents(t *testing.T, root string) map[string]string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".md") {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, name := range found {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = string(text)
	}
	return pages
}

func there(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// slugs are the headings of a page as links call them.
func slugs(text string) map[string]bool {
	all := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		words := unslug.ReplaceAllString(strings.ToLower(strings.TrimSpace(found[1])), "")
		all[strings.ReplaceAll(words, " ", "-")] = true
	}
	return all
}
