package inspect

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"rollcall/scim/schema"
)

// redactor knows the names of what may be shown of requests, and of what nobody
// may see. It rather takes out too much.
type redactor struct {
	// never are the folded names of attributes that are never returned, shown
	// those of all others and of the protocol.
	never, shown map[string]bool
}

// protocol are the members of messages and of the documents of discovery, folded:
// no schema has them, and no provider chooses them (RFC 7643 sections 3.1 and 5 to
// 7, RFC 7644 sections 3.4 to 3.7 and 3.12, RFC 9865).
var protocol = strings.Fields(`schemas id externalid meta resourcetype created lastmodified location version
	op path value method bulkid status detail scimtype failonerrors
	totalresults itemsperpage startindex count sortby sortorder filter cursor nextcursor previouscursor attributes excludedattributes
	name description type multivalued required caseexact mutability returned uniqueness canonicalvalues referencetypes subattributes
	endpoint schema schemaextensions documentationuri specuri supported primary
	patch bulk sort changepassword etag authenticationschemes pagination index defaultpaginationmethod
	maxoperations maxpayloadsize maxresults defaultpagesize maxpagesize cursortimeout`)

// suspicious are parts of names that no schema knows and that are secrets all the
// same, as plain has them.
var suspicious = []string{
	"password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "contrasena", "wachtwoord", "motdepasse", "pwd",
	"secret", "token", "credential", "authorization", "apikey", "privatekey", "accesskey", "signingkey", "encryptionkey", "sessionkey",
	"recoverycode", "backupcode", "accesscode", "mfaseed", "totp", "bearer", "jwt", "cookie", "sessionid",
}

// suspiciousWords are suspicious only as a whole word: they are in others, too.
var suspiciousWords = []string{"pass", "pw", "pin", "otp", "hotp", "seed"}

func newRedactor(types []*schema.ResourceType) *redactor {
	r := &redactor{never: map[string]bool{"password": true}, shown: map[string]bool{}}
	for _, name := range protocol {
		r.shown[name] = true
	}
	for _, t := range types {
		r.learn(t.Attributes(), false)
	}
	return r
}

// learn notes the names of attributes. What is below one that is never returned is
// never returned either.
func (r *redactor) learn(attributes []*schema.Attribute, hidden bool) {
	for _, a := range attributes {
		secret := hidden || a.Returned == schema.Never || a.Mutability == schema.WriteOnly
		names := r.shown
		if secret {
			names = r.never
		}
		if !a.Extension {
			names[fold(a.Name)] = true
		}
		r.learn(a.Sub, secret)
	}
}

// fold makes names equal that any reader could take for the same.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// plain is what is left of a name without its separators, accents and forms.
func plain(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return -1
	}, fold(norm.NFKD.String(name)))
}

// secret reports whether a name or a path names something secret, as a whole or in
// any of its parts.
func (r *redactor) secret(name string) bool {
	parts := strings.FieldsFunc(name, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) && c != '_' && c != '-' && c != '$'
	})
	known := true
	for _, part := range parts {
		if r.never[fold(part)] {
			return true
		}
		if !r.shown[fold(part)] {
			known = false
			if suspect(part) {
				return true
			}
		}
	}
	return !known && suspect(name)
}

// suspect reports whether a name that no schema knows looks like a secret.
func suspect(name string) bool {
	whole := plain(name)
	return slices.ContainsFunc(suspicious, func(word string) bool { return strings.Contains(whole, word) }) ||
		slices.ContainsFunc(words(name), func(word string) bool { return slices.Contains(suspiciousWords, word) })
}

// bounds are where the words of a name meet without a separator.
var bounds = regexp.MustCompile(`(\p{Ll}|\d)(\p{Lu})|(\p{Lu})(\p{Lu}\p{Ll})`)

// words are those of a name: userPass and user_pass have the same two.
func words(name string) []string {
	apart := bounds.ReplaceAllString(norm.NFKC.String(name), "$1$3 $2$4")
	return strings.FieldsFunc(fold(apart), func(c rune) bool { return !unicode.IsLetter(c) })
}

// isSecret reports whether a text is the name of a secret and nothing beside: one
// of these words, or one word that ends so, as initialPassword does.
func (r *redactor) isSecret(name string) bool {
	whole := plain(name)
	if r.never[whole] || slices.Contains(suspicious, whole) || slices.Contains(suspiciousWords, whole) {
		return true
	}
	ends := func(end string) bool { return strings.HasSuffix(whole, end) }
	last := words(name)
	return !strings.ContainsFunc(strings.TrimSpace(name), unicode.IsSpace) &&
		(slices.ContainsFunc(suspicious, ends) || len(last) > 1 && slices.Contains(suspiciousWords, last[len(last)-1]))
}

// filters are what a path has in brackets.
var filters = regexp.MustCompile(`\[[^\]]*\]`)

// known reports whether a name or a path is of attributes that are shown.
func (r *redactor) known(path string) bool {
	path = fold(filters.ReplaceAllString(path, ""))
	path = path[strings.LastIndexByte(path, ':')+1:]
	for part := range strings.SplitSeq(path, ".") {
		if !r.shown[part] {
			return false
		}
	}
	return true
}
