package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rollcall/internal/operator"
)

// focused is where the keyboard is. There says that it is at the control that was
// asked for, Outside that the control is above the page.
type focused struct {
	Kind, Name     string
	Visible        bool
	There, Outside bool
}

// mostTabs is how many controls a page of these tests has at most.
const mostTabs = 120

// next moves the focus forward, and sees where it is on the way to a control.
func (b *tab) next(kind, name string) focused {
	b.t.Helper()
	b.do(chromedp.KeyEvent(kb.Tab))
	at := script[focused](b, "stop(%s, %s)", kind, name)
	if !at.Visible {
		b.t.Errorf("%s: it cannot be seen that %s %q has the focus", b.address(), at.Kind, at.Name)
	}
	return at
}

// reach moves the focus forward to a control. What is below the header is reached
// by the link over it, where the keyboard is above the page.
func (b *tab) reach(kind, name string) {
	b.t.Helper()
	for range mostTabs {
		at := b.next(kind, name)
		if at.There {
			return
		}
		if at.Name == skip && !at.Outside {
			b.do(chromedp.KeyEvent(kb.Enter))
		}
	}
	b.fatal("%s %q is not reached by Tab", kind, name)
}

// skip is the link over the header.
const skip = "Skip to the page"

// byKeyboardAlone goes round the frame of the pages with Tab and Enter; what is done
// in them is in mainTasks.
func byKeyboardAlone(t *testing.T, s *site) {
	s.user(t, "Ada Lovelace")
	s.user(t, "Alan Turing")
	b := s.signIn(t, operator.Admin, byKeys)
	b.visit("/users")
	if at := b.next("link", skip); !at.There {
		t.Errorf("the first control is %+v", at)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	if got := script[string](b, "document.activeElement.id"); got != "main" {
		t.Errorf("the link over the header leads to %q", got)
	}
	b.follow("Username")
	if got := script[string](b, `document.querySelector("th[aria-sort]").ariaSort`); got != "descending" {
		t.Errorf("aria-sort is %q", got)
	}
	b.fill("Name, email or id", "ada")
	b.leads(chromedp.KeyEvent(kb.Enter))
	b.sees("1 user", "ada@example.com")
	b.open("Columns")
	b.untick("Email")
	b.press("Show these columns")
	b.misses("Email Status")
	b.follow("Audit")
	b.press("Sign out")
	b.sees("You are signed out.")
}
