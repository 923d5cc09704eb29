package chart_test

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/internal/chart"
)

// node is an element of what was drawn.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []node     `xml:",any"`
}

func (n *node) attr(name string) string {
	for _, one := range n.Attrs {
		if one.Name.Local == name {
			return one.Value
		}
	}
	return ""
}

// all are the elements of a name below one.
func (n *node) all(name string) (found []*node) {
	for i := range n.Children {
		child := &n.Children[i]
		if child.XMLName.Local == name {
			found = append(found, child)
		}
		found = append(found, child.all(name)...)
	}
	return found
}

// text is that of an element and of those below it.
func (n *node) text() string {
	out := n.Text
	for i := range n.Children {
		out += n.Children[i].text()
	}
	return out
}

type fatal interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// parsed reads what was drawn, which has to be well-formed, without scripts and
// styles of its own, and to hold nothing but what a chart is made of.
func parsed(t fatal, drawn template.HTML, err error) *node {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var root node
	decoder := xml.NewDecoder(strings.NewReader(string(drawn)))
	decoder.Entity = xml.HTMLEntity
	if err := decoder.Decode(&root); err != nil {
		t.Fatalf("%v: %s", err, drawn)
	}
	known := []string{"figcaption", "svg", "title", "desc", "text", "rect", "line", "details", "summary", "span", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "a"}
	var check func(*node)
	check = func(n *node) {
		for i := range n.Children {
			child := &n.Children[i]
			if !slices.Contains(known, child.XMLName.Local) {
				t.Fatalf("there is a <%s> in %s", child.XMLName.Local, drawn)
			}
			for _, attribute := range child.Attrs {
				if name := attribute.Name.Local; name == "style" || strings.HasPrefix(name, "on") || name == "href" && strings.HasPrefix(strings.ToLower(attribute.Value), "javascript:") {
					t.Fatalf("there is a %s in %s", name, drawn)
				}
			}
			check(child)
		}
	}
	check(&root)
	svg := root.all("svg")[0]
	if svg.attr("role") != "img" {
		t.Fatal("it is not told as an image")
	}
	for id := range strings.FieldsSeq(svg.attr("aria-labelledby")) {
		if !slices.ContainsFunc(svg.Children, func(n node) bool { return n.attr("id") == id && strings.TrimSpace(n.text()) != "" }) {
			t.Fatalf("nothing is called %s", id)
		}
	}
	return &root
}

// table are the cells behind a chart, row by row.
func table(root *node) (rows [][]string) {
	for _, row := range root.all("tbody")[0].all("tr") {
		var cells []string
		for i := range row.Children {
			cells = append(cells, row.Children[i].text())
		}
		rows = append(rows, cells)
	}
	return rows
}

// labels are texts as people and identity providers write them, and worse.
func labels() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{
		"Active", `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`, "</title></svg>", "]]>", "&amp;", "{{.}}", "<!--", "é 汉字", "javascript:alert(1)",
	}), rapid.StringMatching(`[!-~][ -~]{0,19}`))
}

// length is the number of an attribute in percent or pixels.
func length(t fatal, text string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestBars: what is drawn is what the table says, whatever the labels are.
func TestBars(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bars := chart.Bars{ID: "b", Title: labels().Draw(t, "title"), Of: labels().Draw(t, "of"), Unit: labels().Draw(t, "unit")}
		largest := 0
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			row := chart.Row{Label: labels().Draw(t, "label"), Value: rapid.IntRange(0, 2_000_000).Draw(t, "value"), Link: rapid.OneOf(rapid.Just(""), labels()).Draw(t, "link")}
			largest = max(largest, row.Value)
			bars.Rows = append(bars.Rows, row)
		}
		if len(bars.Rows) == 0 {
			drawn, err := bars.Draw()
			if err != nil || !strings.Contains(string(drawn), "Nothing.") {
				t.Fatalf("%s, %v", drawn, err)
			}
			return
		}
		drawn, err := bars.Draw()
		root := parsed(t, drawn, err)
		said := table(root)
		var texts []string
		for _, one := range root.all("svg")[0].all("text") {
			texts = append(texts, one.text())
		}
		var widths []float64
		for _, one := range root.all("rect") {
			if strings.HasPrefix(one.attr("class"), "bar") {
				widths = append(widths, length(t, one.attr("width")))
			}
		}
		if len(said) != len(bars.Rows) || len(widths) != len(bars.Rows) {
			t.Fatalf("%d rows: %d in the table, %d bars", len(bars.Rows), len(said), len(widths))
		}
		for i, row := range bars.Rows {
			want := []string{row.Label, strconv.Itoa(row.Value)}
			if !slices.Equal(said[i], want) || !slices.Equal(texts[2*i:2*i+2], want) {
				t.Fatalf("row %d: the table says %q, the chart %q, want %q", i, said[i], texts[2*i:2*i+2], want)
			}
			if share := 100 * float64(row.Value) / float64(max(largest, 1)); math.Abs(widths[i]-share) > 0.01 {
				t.Fatalf("row %d of %d: %f%% of the width for a share of %f%%", i, row.Value, widths[i], share)
			}
			if !strings.Contains(root.all("desc")[0].text(), fmt.Sprintf("%s %d", row.Label, row.Value)) {
				t.Fatalf("%q does not name row %d", root.all("desc")[0].text(), i)
			}
		}
	})
}

// TestColumns: what is drawn is what the table says, on one scale.
func TestColumns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		columns := chart.Columns{ID: "c", Title: labels().Draw(t, "title"), Of: "Day", Up: labels().Draw(t, "up"), Down: labels().Draw(t, "down")}
		largest, up, down := 0, 0, 0
		for range rapid.IntRange(0, 90).Draw(t, "points") {
			point := chart.Point{Label: labels().Draw(t, "label"), Up: rapid.IntRange(0, 999).Draw(t, "up"), Down: rapid.IntRange(0, 9).Draw(t, "down")}
			largest, up, down = max(largest, point.Up, point.Down), up+point.Up, down+point.Down
			columns.Points = append(columns.Points, point)
		}
		drawn, err := columns.Draw()
		root := parsed(t, drawn, err)
		if gotUp, gotDown := columns.Sums(); gotUp != up || gotDown != down {
			t.Fatalf("sums of %d and %d, want %d and %d", gotUp, gotDown, up, down)
		}
		said, rects := table(root), root.all("rect")
		if len(columns.Points) == 0 {
			if len(rects) > 0 {
				t.Fatal("columns of nothing")
			}
			return
		}
		middle := length(t, root.all("line")[0].attr("y1"))
		scale, at := 0.0, 0
		for i, point := range columns.Points {
			if want := []string{point.Label, strconv.Itoa(point.Up), strconv.Itoa(point.Down)}; !slices.Equal(said[i], want) {
				t.Fatalf("point %d: the table says %q, want %q", i, said[i], want)
			}
			for _, half := range []struct {
				class, what string
				n           int
			}{{"bar up", columns.Up, point.Up}, {"bar down", columns.Down, point.Down}} {
				if half.n == 0 {
					continue
				}
				rect := rects[at]
				at++
				tall, y := length(t, rect.attr("height")), length(t, rect.attr("y"))
				if scale == 0 {
					scale = tall / float64(half.n)
				}
				ends := y
				if half.class == "bar up" {
					ends = y + tall
				}
				if rect.attr("class") != half.class || math.Abs(ends-middle) > 0.02 || math.Abs(tall-70*float64(half.n)/float64(largest)) > 0.02 {
					t.Fatalf("point %d: %s from %f, %f high, the line is at %f", i, rect.attr("class"), y, tall, middle)
				}
				if want := fmt.Sprintf("%s: %d %s", point.Label, half.n, half.what); rect.text() != want {
					t.Fatalf("point %d is called %q, want %q", i, rect.text(), want)
				}
				if left, wide := length(t, rect.attr("x")), length(t, rect.attr("width")); left < 0 || left+wide > 100.01 {
					t.Fatalf("point %d is outside: from %f%%, %f%% wide", i, left, wide)
				}
			}
		}
		if at != len(rects) {
			t.Fatalf("%d columns too many", len(rects)-at)
		}
	})
}
