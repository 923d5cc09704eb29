package chart

import (
	"fmt"
	"html/template"
)

// Columns shows how two numbers went over time: one upwards from a line, the
// other one downwards, so that nobody has to tell them by their colours.
type Columns struct {
	// ID begins the ids of the elements; it is of letters and hyphens.
	ID, Title string
	// Of is what the points are, the heading of their column; Up and Down are what
	// is counted.
	Of, Up, Down string
	Points       []Point
}

// Point is a time, and what was counted in it. Numbers are not negative.
type Point struct {
	Label    string
	Up, Down int
}

// Heights in CSS pixels: of each half, and of the texts above and below.
const (
	halfHeight = 70
	edge       = 20
)

type columnsView struct {
	Columns
	Height, Middle, TopText, BottomText int
	Largest                             int
	Drawn                               []columnView
	First, Last                         string
}

// columnView is a column, Left and Width in percent of the drawing.
type columnView struct {
	Class, Says, Left, Width, Y, Height string
}

// Draw draws it as wide as there is room, unscaled: texts keep their size. Both
// halves have the same scale.
func (c Columns) Draw() (template.HTML, error) {
	view := columnsView{Columns: c, Middle: edge + halfHeight, Height: 2 * (edge + halfHeight), TopText: edge - 6, BottomText: 2*(edge+halfHeight) - 5}
	for _, point := range c.Points {
		view.Largest = max(view.Largest, point.Up, point.Down)
	}
	for i, point := range c.Points {
		up, down := height(point.Up, view.Largest), height(point.Down, view.Largest)
		left := percent(i, len(c.Points))
		width := percent(4, 5*len(c.Points))
		if point.Up > 0 {
			view.Drawn = append(view.Drawn, columnView{"up", c.says(point.Label, point.Up, c.Up), left, width, fmt.Sprintf("%.2f", float64(view.Middle)-up), fmt.Sprintf("%.2f", up)})
		}
		if point.Down > 0 {
			view.Drawn = append(view.Drawn, columnView{"down", c.says(point.Label, point.Down, c.Down), left, width, fmt.Sprint(view.Middle), fmt.Sprintf("%.2f", down)})
		}
	}
	if n := len(c.Points); n > 0 {
		view.First, view.Last = c.Points[0].Label, c.Points[n-1].Label
	}
	return draw("columns", view)
}

func (c Columns) says(label string, n int, what string) string {
	return fmt.Sprintf("%s: %d %s", label, n, what)
}

// height is that of a column, in CSS pixels.
func height(n, largest int) float64 {
	if largest == 0 {
		return 0
	}
	return halfHeight * float64(n) / float64(largest)
}

// Sums are the numbers of all points together.
func (c Columns) Sums() (up, down int) {
	for _, point := range c.Points {
		up, down = up+point.Up, down+point.Down
	}
	return up, down
}

// Summary says in words what is drawn.
func (c Columns) Summary() string {
	up, down := c.Sums()
	if len(c.Points) == 0 {
		return fmt.Sprintf("0 %s, 0 %s", c.Up, c.Down)
	}
	return fmt.Sprintf("From %s to %s: %d %s, %d %s", c.Points[0].Label, c.Points[len(c.Points)-1].Label, up, c.Up, down, c.Down)
}
