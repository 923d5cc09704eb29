package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// definitionForm counts the ways in which comparison keys, unique values and
// documents follow from an object. Whoever changes one of these ways adds one:
// what is stored is then worked out anew at the next start.
const definitionForm = 2

// definition is what matters of a resource type to what is stored of its
// resources; descriptions, mutability and canonical values do not.
type definition struct {
	Form   int    `json:"form"`
	Schema string `json:"schema"`
	// Naming and Display are the attributes that become the name and the label.
	Naming  string `json:"naming,omitempty"`
	Display string `json:"display,omitempty"`
	// Attributes are sorted by name, so that their order in a document does not
	// matter.
	Attributes []definedAttribute `json:"attributes"`
}

type definedAttribute struct {
	traits
	Sub []definedAttribute `json:"subAttributes,omitempty"`
}

type traits struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Extension bool   `json:"extension,omitempty"`
	Multi     bool   `json:"multiValued,omitempty"`
	Required  bool   `json:"required,omitempty"`
	CaseExact bool   `json:"caseExact,omitempty"`
	Unique    bool   `json:"unique,omitempty"`
	Hidden    bool   `json:"neverReturned,omitempty"`
	Computed  string `json:"computed,omitempty"`
	Rule      string `json:"rule,omitempty"`
}

// The names under which definitions keep what the program numbers. They are
// stored: a name is never used for another meaning. Rules that only check values
// are not among them, because nothing that is stored follows from them.
var (
	computedNames = map[Computed]string{
		ComputedMembers: "members", ComputedGroups: "groups", ComputedActive: "active", ComputedPassword: "password", ComputedMeta: "meta",
		ComputedLifecycle: "lifecycle",
	}
	ruleNames = map[rule]string{ruleUsername: "username", rulePhoto: "photo"}
)

// Definition is the canonical JSON of what matters of the type to what is
// stored. Two definitions with the same text mean the same.
func (t *ResourceType) Definition() []byte {
	text, err := json.Marshal(t.definition())
	if err != nil {
		panic("a definition is plain data: " + err.Error())
	}
	return text
}

func (t *ResourceType) definition() definition {
	d := definition{Form: definitionForm, Schema: t.URN, Attributes: defined(t.root)}
	if t.Naming != nil {
		d.Naming = t.Naming.Name
	}
	if t.DisplayName != nil {
		d.Display = t.DisplayName.Name
	}
	return d
}

func defined(parent *Attribute) []definedAttribute {
	list := make([]definedAttribute, 0, len(parent.Sub))
	for _, a := range parent.Sub {
		one := definedAttribute{traits: traits{
			Name: a.Name, Type: a.Type.String(), Extension: a.Extension, Multi: a.MultiValued, Required: a.Required,
			CaseExact: a.CaseExact, Unique: a.Unique, Hidden: a.Returned == Never, Computed: computedNames[a.Computed], Rule: ruleNames[a.rule],
		}}
		// What is computed is worked out from elsewhere, whatever it consists of.
		if a.Computed == Stored && a.Type == Complex {
			one.Sub = defined(a)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b definedAttribute) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Redefined says what a change of a definition means for what is stored.
type Redefined uint8

const (
	// Unchanged: the definitions are the same.
	Unchanged Redefined = iota
	// Widened: whatever is stored fits, and nothing is worked out anew, such as
	// with a new attribute that nobody must have.
	Widened
	// Narrowed: what is stored has to be held against the definition.
	Narrowed
	// Rederived: it has to be held against it, and what follows from it has to
	// be worked out anew.
	Rederived
)

// Recast reports whether a type without an earlier definition may be stored in
// another way: releases before definitions kept what an operator's type calls
// members or password in the document.
func (t *ResourceType) Recast() bool {
	return !t.builtIn() && (t.Members != nil || t.Password != nil)
}

// Since compares the type with an earlier definition. A definition that cannot
// be read, such as one of another release, may mean anything. renamed says that
// another attribute than before names the resources.
func (t *ResourceType) Since(earlier []byte) (change Redefined, renamed bool) {
	if bytes.Equal(earlier, t.Definition()) {
		return Unchanged, false
	}
	before, ok := readDefinition(earlier)
	if !ok {
		return Rederived, true
	}
	return before.compare(t.definition())
}

// SupersededBy reports whether a server that uses the type must not go on where
// another one has saved this definition: it would write what does not fit, or
// index it in another way.
func (t *ResourceType) SupersededBy(saved []byte) bool {
	if bytes.Equal(saved, t.Definition()) {
		return false
	}
	now, ok := readDefinition(saved)
	if !ok {
		return true
	}
	change, _ := t.definition().compare(now)
	return change > Widened
}

func readDefinition(text []byte) (d definition, ok bool) {
	reader := json.NewDecoder(bytes.NewReader(text))
	reader.DisallowUnknownFields()
	err := reader.Decode(&d)
	return d, err == nil
}

func (before definition) compare(now definition) (change Redefined, renamed bool) {
	renamed = before.Naming != now.Naming
	if before.Form != now.Form || before.Schema != now.Schema || renamed {
		return Rederived, renamed
	}
	if before.Display != now.Display && find(before.Attributes, "displayName") != nil {
		return Rederived, renamed
	}
	return max(Widened, compareAttributes(before.Attributes, now.Attributes)), renamed
}

func find(list []definedAttribute, name string) *definedAttribute {
	i := slices.IndexFunc(list, func(a definedAttribute) bool { return strings.EqualFold(a.Name, name) })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func compareAttributes(before, now []definedAttribute) Redefined {
	change := Unchanged
	for i := range before {
		if find(now, before[i].Name) == nil {
			change = max(change, Narrowed)
		}
	}
	for i := range now {
		a := &now[i]
		old := find(before, a.Name)
		switch {
		case old != nil:
			change = max(change, old.compare(a))
		case a.Required:
			change = max(change, Narrowed)
		case a.Computed != "":
			change = max(change, Narrowed) // nothing may be stored under its name
		default:
			change = max(change, Widened)
		}
	}
	return change
}

// compare is compareAttributes for an attribute that was and is defined.
func (old *definedAttribute) compare(a *definedAttribute) Redefined {
	change := compareAttributes(old.Sub, a.Sub)
	same := old.traits
	same.Required = a.Required
	if same != a.traits {
		return Rederived
	}
	switch {
	case old.Required == a.Required:
	case a.Required:
		change = max(change, Narrowed)
	default:
		change = max(change, Widened)
	}
	return change
}
