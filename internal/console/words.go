package console

import "net/http"

// notice names what was done by the form that led to a page. Addresses carry the
// name alone, so that nobody can let the console say what they like.
type notice string

const noticeSessionEnded notice = "session-ended"

var notices = map[notice]string{
	noticeSessionEnded: "The session has ended.",
}

func (n notice) text() string { return notices[n] }

// problem says what a status means, and what to do.
func problem(status int, crossOrigin bool, requestID string) (title string, text []string) {
	switch {
	case crossOrigin:
		return "Not sent by this site", []string{"The request came from another site and was not carried out. Open the page here and try again."}
	case status == http.StatusForbidden:
		return "Not allowed", []string{"Your role does not allow this. An owner can give you another one."}
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return "There is nothing here", []string{"It may have been removed, or the address is not complete."}
	case status == http.StatusServiceUnavailable:
		return "Not possible at the moment", []string{"Nothing was changed. Try again in a moment."}
	case status < http.StatusInternalServerError:
		return "That cannot be done", []string{"What was sent is not what this page sends. Go back and try again."}
	}
	return "Something went wrong", []string{"That is not your fault. If it happens again, look into the log of the server for the request " + requestID + "."}
}
