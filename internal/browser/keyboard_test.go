package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rollcall/internal/operator"
)

// focused is where the keyboard is.
type focused struct {
	Kind, Name string
	Visible    bool
}

// mostTabs is how many controls a page of these tests has at most.
const mostTabs = 120

// reach moves the focus forward to a control, and sees it on the way.
func (b *tab) reach(kind, name string) {
	b.t.Helper()
	for range mostTabs {
		b.do(chromedp.KeyEvent(kb.Tab))
		at := script[focused](b, "focus()")
		if !at.Visible {
			b.t.Errorf("%s: it cannot be seen that %s %q has the focus", b.address(), at.Kind, at.Name)
		}
		if at.Kind != "" && script[bool](b, "document.activeElement === find(%s, %s)", kind, name) {
			return
		}
	}
	b.fatal("%s %q is not reached by Tab", kind, name)
}

// enter goes to a control and presses Enter, which leads to another page.
func (b *tab) enter(kind, name string) {
	b.t.Helper()
	b.reach(kind, name)
	b.leads(chromedp.KeyEvent(kb.Enter))
}

// write goes to a field and types.
func (b *tab) write(name, text string) {
	b.t.Helper()
	b.reach("field", name)
	b.do(chromedp.KeyEvent(text))
}

// byKeyboardAlone does the main tasks with Tab, Enter, Space and the arrows.
func byKeyboardAlone(t *testing.T, s *site) {
	ada := s.user(t, "Ada Lovelace")
	s.user(t, "Alan Turing")
	b := s.tab(t)
	b.visit(s.link(t, operator.Admin))
	b.enter("button", "Sign in")

	b.do(chromedp.KeyEvent(kb.Tab))
	if at := script[focused](b, "focus()"); at.Name != "Skip to the page" || !at.Visible {
		t.Errorf("the first control is %+v", at)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	if got := script[string](b, "document.activeElement.id"); got != "main" {
		t.Errorf("the link over the header leads to %q", got)
	}
	b.visit("")

	b.enter("link", "Users")
	b.write("Name, email or id", "ada")
	b.leads(chromedp.KeyEvent(kb.Enter))
	b.sees("1 user")
	b.enter("link", "Username")
	b.enter("link", "ada@example.com")
	b.enter("link", "Suspend")
	b.write("Reason", "Parental leave")
	b.leads(chromedp.KeyEvent(kb.Enter))
	b.sees("The account was suspended.")
	b.enter("link", "Timeline")
	b.sees("Parental leave")

	b.enter("link", "Users")
	b.reach("field", "With many users")
	b.do(chromedp.KeyEvent(kb.Home))
	if got := script[field](b, "about(%s)", "With many users"); got.Options[got.Chosen] != "Activate" {
		t.Errorf("the action is %q", got.Options[got.Chosen])
	}
	b.reach("field", "Tick ada@example.com")
	b.do(chromedp.KeyEvent(" "))
	b.sees("the ticked ones (1)")
	b.enter("button", "Go on")
	b.write("Reason", "Is back")
	b.enter("button", "See what it would do")
	b.enter("button", "Activate: 1 user")
	b.awaits("Done: 1 of 1")
	if got := s.status(t, ada); got != "Active" {
		t.Errorf("she is %s", got)
	}

	b.enter("link", "Users")
	b.enter("link", "Add a user")
	b.write("Username", "grace@example.com")
	b.reach("field", "Send an invitation")
	for range 2 {
		b.do(chromedp.KeyEvent(kb.ArrowDown))
	}
	b.enter("button", "Add the user")
	b.sees("The user was added.", "Active")
	b.enter("link", "Groups")
	b.write("Name", "Engineers")
	b.leads(chromedp.KeyEvent(kb.Enter))
	b.sees("The group was added.")
	b.enter("button", "Sign out")
	b.sees("You are signed out.")
}
