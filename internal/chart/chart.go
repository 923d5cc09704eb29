// Package chart owns the drawing of series of numbers as SVG, with the table that
// says the same.
package chart

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

//go:embed chart.html
var source string

// drawn are the templates: texts reach a page by html/template alone.
var drawn = template.Must(template.New("chart").Parse(source))

func draw(name string, of any) (template.HTML, error) {
	var out strings.Builder
	if err := drawn.ExecuteTemplate(&out, name, of); err != nil {
		return "", fmt.Errorf("draw a chart: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // html/template has escaped it
}

// Bars compares a few numbers: each is a line that says what it is, how much, and
// has a bar as long as its share of the largest.
type Bars struct {
	// ID begins the ids of the elements; it is of letters and hyphens.
	ID, Title string
	// Of is what the rows are, the heading of their column; Unit is what is counted.
	Of, Unit string
	Rows     []Row
}

// Row is one number.
type Row struct {
	Label string
	// Value is not negative.
	Value int
	// Class says how the bar looks: "good", "bad", "wait" or none. It never tells
	// more than the label does.
	Class string
	// Link is where the table leads to, empty for nowhere.
	Link string
}

// Heights in CSS pixels: of a row, of the text above its bar, and of the bar.
const (
	rowHeight  = 40
	textHeight = 16
	barTop     = 22
	barHeight  = 10
)

type barsView struct {
	Bars
	Height int
	Drawn  []barView
}

type barView struct {
	Row
	TextY, BarY, BarHeight int
	// Width is in percent of the drawing.
	Width string
}

// Draw draws it as wide as there is room, unscaled: texts keep their size.
func (b Bars) Draw() (template.HTML, error) {
	largest := 0
	for _, row := range b.Rows {
		largest = max(largest, row.Value)
	}
	view := barsView{Bars: b, Height: max(len(b.Rows)*rowHeight, 1)}
	for i, row := range b.Rows {
		view.Drawn = append(view.Drawn, barView{
			Row: row, TextY: i*rowHeight + textHeight, BarY: i*rowHeight + barTop, BarHeight: barHeight, Width: percent(row.Value, largest),
		})
	}
	return draw("bars", view)
}

// Summary says in words what is drawn.
func (b Bars) Summary() string {
	if len(b.Rows) == 0 {
		return "Nothing"
	}
	var parts []string
	for _, row := range b.Rows {
		parts = append(parts, fmt.Sprintf("%s %d", row.Label, row.Value))
	}
	return strings.Join(parts, ", ")
}

// percent is a share of a whole, in percent; 0 of nothing.
func percent(part, whole int) string {
	if whole <= 0 {
		return "0"
	}
	return fmt.Sprintf("%.3f", 100*float64(part)/float64(whole))
}
