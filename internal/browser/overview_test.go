package browser

import (
	"slices"
	"strconv"
	"testing"

	"rollcall/internal/console"
)

// crew is how many people there are in the company of a test, of which a part is gone
// by now.
const crew = 60

// whole is a number as a page writes it.
func (b *tab) whole(text string) int {
	b.t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		b.fatal("%v", err)
	}
	return n
}

// drawn are the labels and the numbers that a chart draws, and its rows as they
// stand in the table behind it.
func (b *tab) drawn(title string) (labels, values []string, table [][]string) {
	b.t.Helper()
	const chart = `[...document.querySelectorAll("figure")].find((e) => squeeze(e.querySelector("figcaption").textContent) === %s)`
	labels = script[[]string](b, "["+`...`+chart+`.querySelectorAll("svg .label")].map((e) => squeeze(e.textContent))`, title)
	values = script[[]string](b, "["+`...`+chart+`.querySelectorAll("svg .value")].map((e) => squeeze(e.textContent))`, title)
	return labels, values, b.rows(title)
}

// unusedAreReviewed: the overview draws how the users stand, each chart with its
// table, and leads to those who were not seen for long, who are suspended at once,
// and let in again.
func unusedAreReviewed(t *testing.T, s *site) {
	b := s.tab(t)
	b.visit(console.SignInURL(s.root, s.company))
	b.press("Sign in")
	b.counted()
	for _, title := range []string{"Users by status", "Users by their last sign-in"} {
		b.open("As a table: " + title)
		labels, values, table := b.drawn(title)
		if len(table) < 4 || len(labels) != len(table) {
			t.Fatalf("%s: %d lines are drawn, %d are in the table", title, len(labels), len(table))
		}
		for i, row := range table {
			if !slices.Equal(row, []string{labels[i], values[i]}) {
				t.Errorf("%s: %s %s is drawn, the table says %q", title, labels[i], values[i], row)
			}
		}
	}
	b.open("As a table: Who came and who went")
	joined, left := 0, 0
	_, _, days := b.drawn("Who came and who went")
	for _, day := range days {
		joined, left = joined+b.whole(day[1]), left+b.whole(day[2])
	}
	if len(days) != 90 || joined == 0 || left == 0 {
		t.Errorf("in %d days %d came and %d went", len(days), joined, left)
	}

	unused := b.whole(script[string](b, `document.querySelector("a[href$='stale=on'] strong").textContent`))
	if unused == 0 {
		t.Fatal("nobody is unused")
	}
	b.follow(strconv.Itoa(unused) + " unused for too long")
	rows := b.rows("user")
	for _, row := range rows {
		if !slices.ContainsFunc(row, func(cell string) bool { return len(cell) > 6 && cell[len(cell)-6:] == "Unused" }) {
			t.Errorf("unused is %q", row)
		}
	}
	if len(rows) != unused {
		t.Errorf("%d are listed, and %d counted", len(rows), unused)
	}
	b.tick("all " + strconv.Itoa(unused) + " that match")
	b.choose("With many users", "Suspend")
	b.press("Go on")
	b.fill("Reason", "Not seen for 90 days")
	b.press("See what it would do")
	changed := b.whole(script[string](b, `document.querySelector("main").innerText.match(/: (\d+) would change/)[1]`))
	if changed == 0 {
		t.Fatalf("none of %q would change", rows)
	}
	b.press("Suspend: ")
	b.settles("Undo: ")
	b.sees(strconv.Itoa(changed) + " changed")
	b.press("Undo: ")
	b.settles("Done: ")
	if outcomes := b.column("User by user", 1); len(outcomes) != unused || slices.Contains(outcomes, "failed") {
		t.Errorf("the undo came to %q", outcomes)
	}
}
