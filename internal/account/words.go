package account

import (
	"errors"
	"fmt"
	"net/http"

	"rollcall/lifecycle"
	"rollcall/scim"
)

// unfit says what is wrong with a password that was refused.
func unfit(err error) string {
	if errors.Is(err, scim.ErrPasswordShort) {
		return fmt.Sprintf("The password is too short. Choose one of at least %d characters.", scim.FewestCharacters)
	}
	return "The password is too long, or has a character that passwords cannot have. Choose another one."
}

// next says what comes after the password.
func next(userName string, done *scim.Transition) []string {
	facts := done.After
	switch {
	case done.To == lifecycle.StatusActive:
		return []string{fmt.Sprintf("You can sign in now, as %s.", userName)}
	case done.To == lifecycle.StatusPending:
		return []string{"An administrator still has to approve your account. Once that is done, you can sign in as " + userName + "."}
	case done.To == lifecycle.StatusInactive && !facts.ValidFrom.IsZero():
		return []string{fmt.Sprintf("You can sign in as %s from %s on.", userName, when(facts.ValidFrom))}
	case done.To == lifecycle.StatusLocked && !facts.Lockout.Until.IsZero():
		return []string{fmt.Sprintf("Your account is locked until %s.", when(facts.Lockout.Until))}
	case done.To == lifecycle.StatusLocked:
		return []string{"Your account is locked. Ask your administrator to unlock it."}
	}
	return []string{"Your account cannot be used at the moment. Ask your administrator."}
}

// problem is the page for a status without one of its own.
func problem(status int, requestID string) page {
	p := page{Title: "Something went wrong"}
	switch {
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		p.Title, p.Text = "There is nothing here", []string{"Follow the link in your mail, or copy all of it into the address bar."}
	case status == http.StatusTooManyRequests:
		p.Title, p.Text = "Too many tries", []string{"From your network links were asked for too often. Wait a few minutes, then try again."}
	case status == http.StatusServiceUnavailable:
		p.Title, p.Text = "Not possible at the moment", []string{"Nothing was changed. Try again in a few minutes."}
	case status < http.StatusInternalServerError:
		p.Text = []string{"What was sent is not what this page sends. Go back and try again."}
	default:
		p.Text = []string{"That is not your fault. If it happens again, tell your administrator this number: " + requestID}
	}
	return p
}
