package schema

// normalisationWords say what is taken, in a sentence each; the docs have the
// whole of it.
var normalisationWords = map[Normalisation]string{
	BooleanStrings:        `A string such as "True" is taken for a boolean.`,
	EmptyStrings:          `An empty string is taken as no value.`,
	SingleObjects:         `One value is taken where a list is due.`,
	SingleArrays:          `A list of one is taken where one value is due.`,
	BareReferences:        `A string is taken for an object with a "value".`,
	UndeclaredExtensions:  `Extension data is taken whose URN "schemas" lacks.`,
	LegacySchemas:         `URNs of older protocols in "schemas" are passed over.`,
	UnknownAttributes:     `Attributes that no schema defines are ignored.`,
	BareExtensionNames:    `An attribute of an extension is found without its URN.`,
	OperationCase:         `The name of an operation is taken in another case, such as "Replace".`,
	ValuedRemove:          `A remove with a value takes away the listed values only.`,
	CreateOnFilter:        `A path with a filter that finds nothing makes the element that it describes.`,
	PathKeys:              `Keys of a value without a path are taken for paths.`,
	ReadOnlyEcho:          `Read-only attributes that are sent back are ignored.`,
	UncheckedCertificates: `Base64 that is no certificate is kept.`,
	UncheckedCountries:    `A country that is no ISO 3166-1 code is kept.`,
	UncheckedLocales:      `A language, locale or time zone that is not known is kept.`,
	UncheckedReferences:   `A reference that is no URI is kept.`,
	TombstoneNames:        `The new name of a user that is deleted for now is set aside.`,
}

// About says what a single normalisation takes; empty for none and for several.
func (n Normalisation) About() string { return normalisationWords[n] }

// demandWords say what is demanded, in a sentence each.
var demandWords = map[Demand]string{
	PatchPaths:        `Every operation of a PATCH has a path.`,
	WholeReplace:      `A replace of a complex attribute replaces it whole.`,
	SubAttributePaths: `A path with a value filter ends in a sub-attribute.`,
	KnownNames:        `Unknown attributes and schema URIs are refused wherever they stand.`,
	NoCredentials:     `Passwords and other credentials do not exist.`,
}

// Abouts says what each demand of the set asks for, in the order of their
// declaration.
func (d Demand) Abouts() []string {
	var said []string
	for one := Demand(1); one < demandEnd; one <<= 1 {
		if d&one != 0 {
			said = append(said, demandWords[one])
		}
	}
	return said
}
