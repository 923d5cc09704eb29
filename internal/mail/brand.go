package mail

import (
	"errors"
	"net/url"
)

// Brand is what all letters have alike.
type Brand struct {
	// Product is how the service calls itself.
	Product string
	// Home is its page; Support is a page or an address for questions, as
	// text. Both may be empty.
	Home, Support string
}

// checkLink takes what a person may be asked to follow: a whole link of the web.
func checkLink(text string) error {
	link, err := url.Parse(text)
	if err != nil || link.Scheme != "https" && link.Scheme != "http" || link.Host == "" || link.User != nil {
		return errors.New("link is no http or https URL")
	}
	return nil
}
