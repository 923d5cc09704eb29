package letter

import "net/url"

// Link is what a person follows from a letter, below the root of the server. A
// root that is empty leaves the path.
func Link(root, tenant, kind, secret string) string {
	return pages(root, tenant) + url.PathEscape(kind) + "?link=" + url.QueryEscape(secret)
}

// ForgotLink is where a person asks for a link to reset a password.
func ForgotLink(root, tenant string) string { return pages(root, tenant) + "forgot" }

func pages(root, tenant string) string { return root + "/t/" + url.PathEscape(tenant) + "/account/" }
