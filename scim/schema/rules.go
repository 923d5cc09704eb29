package schema

import (
	"crypto/x509"
	"encoding/base64"
	"strings"

	"rollcall/scim/fault"
)

// rule is a demand of the RFC's prose that no characteristic expresses. The
// table below knows attributes by name; so do Attribute.compute, for those that
// are computed, and the table of what users may change on themselves
// (scim/self.go).
type rule uint8

const (
	// ruleUsername: compared by PRECIS UsernameCaseMapped (RFC 7644 section 5).
	ruleUsername rule = iota + 1
	// ruleCertificate: exactly one DER certificate (RFC 7643 section 4.1.2).
	ruleCertificate
	// rulePhoto: may be a large data URI and is not indexed.
	rulePhoto
	// ruleCountry: an ISO 3166-1 alpha-2 code (RFC 7643 section 4.1.2).
	ruleCountry
	// ruleLanguage, ruleLocale, ruleTimezone: an Accept-Language value, a
	// language tag, a name of the IANA database (RFC 7643 section 4.1.1).
	ruleLanguage
	ruleLocale
	ruleTimezone
)

// The URNs of the built-in schemas.
const (
	UserURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	LifecycleURN  = "urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User"
)

type named struct{ urn, path string }

var rules = map[named]rule{
	{UserURN, "userName"}:               ruleUsername,
	{UserURN, "x509Certificates.value"}: ruleCertificate,
	{UserURN, "photos.value"}:           rulePhoto,
	{UserURN, "addresses.country"}:      ruleCountry,
	{UserURN, "preferredLanguage"}:      ruleLanguage,
	{UserURN, "locale"}:                 ruleLocale,
	{UserURN, "timezone"}:               ruleTimezone,
}

// checkCertificate refuses a chain, and what is no certificate at all unless
// the leniency takes it.
func checkCertificate(a *Attribute, raw []byte, leniency *Leniency) error {
	chain, err := x509.ParseCertificates(raw)
	switch {
	case len(chain) > 1:
		return fault.New(fault.InvalidValue, "%s: the value must be one certificate, not a chain", a)
	case err != nil && !leniency.Use(UncheckedCertificates):
		return fault.New(fault.InvalidValue, "%s: the value is not a DER encoded X.509 certificate", a)
	}
	return nil
}

// decodeBinary decodes base64 with or without padding (RFC 7643 section 2.3.6).
func decodeBinary(text string) ([]byte, error) {
	return base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
}
