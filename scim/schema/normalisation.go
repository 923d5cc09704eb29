package schema

import "slices"

// Normalisation is a set of named leniencies: places where what identity
// providers really send is met although the RFC would allow a refusal. Each
// connection allows a set; what was applied to a request is reported.
type Normalisation uint32

// The normalisations. docs/normalisations.md describes each.
const (
	// BooleanStrings takes "true" and "False" for a boolean (Entra).
	BooleanStrings Normalisation = 1 << iota
	// EmptyStrings takes "" as unassigned (Okta, Entra).
	EmptyStrings
	// SingleObjects takes one value where an array is due (OneLogin).
	SingleObjects
	// SingleArrays takes an array of one where one value is due (Entra manager).
	SingleArrays
	// BareReferences takes a string for a complex value with "value" (Entra manager).
	BareReferences
	// UndeclaredExtensions takes extension data whose URN "schemas" lacks.
	UndeclaredExtensions
	// LegacySchemas ignores known URNs of older protocols in "schemas".
	LegacySchemas
	// UnknownAttributes ignores attributes that no schema defines.
	UnknownAttributes
	// BareExtensionNames finds extension attributes without their URN (Entra).
	BareExtensionNames
	// OperationCase takes "Add" for "add" (Entra).
	OperationCase
	// ValuedRemove removes the listed values only, where "remove" carries a
	// value (Entra, JumpCloud, authentik).
	ValuedRemove
	// CreateOnFilter makes the element that a value filter describes (Entra).
	CreateOnFilter
	// PathKeys takes paths as keys of a pathless value (Entra, SailPoint).
	PathKeys
	// ReadOnlyEcho ignores read-only attributes in a pathless value (Okta).
	ReadOnlyEcho
	// UncheckedCertificates keeps base64 that is not a certificate.
	UncheckedCertificates
	// UncheckedCountries keeps a country that is not an ISO 3166-1 alpha-2 code.
	UncheckedCountries
	// UncheckedLocales keeps a language, a locale or a time zone that is not
	// known to be one.
	UncheckedLocales
	// UncheckedReferences keeps a reference that is no URI.
	UncheckedReferences
	// TombstoneNames keeps the name of a user that is suspended by the same
	// request as it is renamed to 32 hexadecimal digits and its name (Entra).
	TombstoneNames

	normalisationEnd
)

// AllNormalisations is the default of a connection.
const AllNormalisations = normalisationEnd - 1

var normalisationNames = []string{
	"booleanStrings", "emptyStrings", "singleObjects", "singleArrays", "bareReferences",
	"undeclaredExtensions", "legacySchemas", "unknownAttributes", "bareExtensionNames",
	"operationCase", "valuedRemove", "createOnFilter", "pathKeys", "readOnlyEcho", "uncheckedCertificates",
	"uncheckedCountries", "uncheckedLocales", "uncheckedReferences", "tombstoneNames",
}

// Names lists the names of the set in the order of their declaration.
func (n Normalisation) Names() []string {
	names := []string{}
	for i, name := range normalisationNames {
		if n&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// NormalisationOf returns the normalisation of a name.
func NormalisationOf(name string) (Normalisation, bool) {
	i := slices.Index(normalisationNames, name)
	return 1 << max(i, 0), i >= 0
}

// legacyURNs are schema URNs of older protocols that providers still send.
var legacyURNs = map[string]bool{
	"urn:scim:schemas:core:1.0":                                                true,
	"urn:scim:schemas:extension:enterprise:1.0":                                true,
	"http://schemas.microsoft.com/2006/11/resourcemanagement/adscim/2.0/group": true,
	"http://schemas.microsoft.com/2006/11/resourcemanagement/adscim/2.0/user":  true,
	"http://schemas.microsoft.com/2006/11/resourcemanagement/adscim/group":     true,
	"http://schemas.microsoft.com/2006/11/resourcemanagement/adscim/user":      true,
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:group":              true,
}
