// Package cell owns how texts stand in the cells of a spreadsheet: nothing in
// them is run as a formula, and each comes back as it was.
package cell

import (
	"strings"
	"unicode/utf8"
)

// mark before a text says to a spreadsheet that it is no formula.
const mark = "'"

// Harmless puts an apostrophe before what a spreadsheet would run as a formula,
// in the wide forms of its signs, too, and before another apostrophe, so that
// Text knows which ones were put there.
func Harmless(text string) string {
	if formula(text) || strings.HasPrefix(text, mark) {
		return mark + text
	}
	return text
}

// Text is what a cell says: without an apostrophe that keeps it from being a
// formula. It undoes Harmless; an apostrophe that begins a word is part of it.
func Text(cell string) string {
	rest, marked := strings.CutPrefix(cell, mark)
	if marked && (formula(rest) || strings.HasPrefix(rest, mark)) {
		return rest
	}
	return cell
}

func formula(text string) bool {
	switch first, _ := utf8.DecodeRuneInString(text); first {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return true
	}
	return false
}
