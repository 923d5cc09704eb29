package auth

import (
	"errors"
	"net/url"
)

// CheckIssuer refuses the URL of an OpenID provider that cannot be one, or that
// somebody on the way could speak for. Its words go on behind a name for the URL.
func CheckIssuer(issuer string) error {
	location, err := url.Parse(issuer)
	if err != nil || location.RawQuery != "" || location.ForceQuery || location.Fragment != "" || location.User != nil {
		return errors.New("is no URL without query, fragment and user")
	}
	return CheckSource(location)
}
