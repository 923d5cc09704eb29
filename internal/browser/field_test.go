package browser

import (
	"slices"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tick chooses a box or a radio button.
func (b *tab) tick(name string) {
	b.t.Helper()
	b.turn(name)
	if !script[field](b, "about(%s)", name).Checked {
		b.fatal("%q is not ticked", name)
	}
}

// untick takes the tick out of a box.
func (b *tab) untick(name string) {
	b.t.Helper()
	b.turn(name)
	if script[field](b, "about(%s)", name).Checked {
		b.fatal("%q is ticked", name)
	}
}

// turn clicks on a box or a radio button. By keys one box is turned by Space, and
// of radio buttons, which are one stop, another is chosen by an arrow.
func (b *tab) turn(name string) {
	b.t.Helper()
	if !b.keys {
		b.do(b.click("field", name))
		return
	}
	b.reach("field", name)
	key := " "
	for range mostTabs {
		about := script[field](b, "about(%s)", name)
		if about.Type == "radio" {
			if key = kb.ArrowDown; about.Checked {
				return
			}
		}
		b.do(chromedp.KeyEvent(key))
		if about.Type != "radio" {
			return
		}
	}
}

// enter makes a field the one that is typed into, with what is in it selected.
func (b *tab) enter(name string) {
	b.t.Helper()
	about := script[field](b, "about(%s)", name)
	if b.keys {
		if b.reach("field", name); about.Type != "date" && about.Options == nil {
			b.do(chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
		}
		return
	}
	if about.Type != "date" && about.Options == nil {
		b.do(b.click("field", name))
	}
	script[bool](b, "take(%s)", name)
}

// field is what there is to know of a field.
type field struct {
	Type, Value string
	Checked     bool
	Options     []string
	Chosen      int
}

// fill types a text into a field, in place of what is there; a day is written
// like 2030-01-31.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	about := script[field](b, "about(%s)", name)
	b.enter(name)
	typed := text
	if day, err := time.Parse(time.DateOnly, text); err == nil && about.Type == "date" {
		typed = day.Format("01022006")
	}
	if text == "" {
		typed = kb.Delete
	}
	b.do(chromedp.KeyEvent(typed))
	if got := script[field](b, "about(%s)", name).Value; got != text {
		b.fatal("%q holds %q, want %q", name, got, text)
	}
}

// choose chooses of a list by keys, as one does who does not open it.
func (b *tab) choose(name, option string) {
	b.t.Helper()
	about := script[field](b, "about(%s)", name)
	want := slices.Index(about.Options, option)
	if want < 0 {
		b.fatal("%q has no %q but %q", name, option, about.Options)
	}
	b.enter(name)
	key := kb.ArrowDown
	if want < about.Chosen {
		key = kb.ArrowUp
	}
	for range max(want-about.Chosen, about.Chosen-want) {
		b.do(chromedp.KeyEvent(key))
	}
	if got := script[field](b, "about(%s)", name).Chosen; got != want {
		b.fatal("%q is at %d, want %d", name, got, want)
	}
}
