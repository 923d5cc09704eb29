package patch_test

import (
	"testing"

	"rollcall/scim/schema"
)

type ruleCase struct {
	operations, want string
	applied          schema.Normalisation
}

// Strict behaviour beyond the worked examples.
func TestRules(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	withEmails := func(list string) string { return head(`,"emails":[` + list + `]`) }
	for name, test := range map[string]ruleCase{
		"sub-attribute of all":            {`{"op":"replace","path":"emails.type","value":"x"}`, withEmails(`{"value":"w@x","type":"x","primary":true},{"value":"h@x","type":"x"}`), 0},
		"sub-attribute of all, collapse":  {`{"op":"replace","path":"emails.value","value":"a"},{"op":"add","path":"emails.type","value":"t"}`, withEmails(`{"value":"a","type":"t","primary":true}`), 0},
		"sub-attribute of none":           {`{"op":"add","path":"ims.type","value":"x"}`, "noTarget", 0},
		"primary on all":                  {`{"op":"replace","path":"emails.primary","value":true}`, "invalidValue", 0},
		"remove a sub-attribute of all":   {`{"op":"remove","path":"emails.primary"}`, withEmails(`{"value":"w@x","type":"work"},{"value":"h@x","type":"home"}`), 0},
		"remove all sub-attributes":       {`{"op":"remove","path":"emails.primary"},{"op":"remove","path":"emails.type"},{"op":"remove","path":"emails.value"}`, head(``), 0},
		"primary by filter":               {`{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`, withEmails(`{"value":"w@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}`), 0},
		"primary by filter on two":        {`{"op":"add","path":"emails[value ew \"@x\"].primary","value":true}`, "invalidValue", 0},
		"two primaries in a value":        {`{"op":"add","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}`, "invalidValue", 0},
		"add to matching elements":        {`{"op":"add","path":"emails[type eq \"home\"]","value":{"display":"H"}}`, withEmails(`{"value":"w@x","type":"work","primary":true},{"value":"h@x","display":"H","type":"home"}`), 0},
		"add merges an element":           {`{"op":"add","path":"emails","value":{"value":"H@x","type":"Home","display":"H"}}`, withEmails(`{"value":"w@x","type":"work","primary":true},{"value":"h@x","display":"H","type":"home"}`), 0},
		"replace several by one":          {`{"op":"replace","path":"emails[value ew \"@x\"]","value":{"value":"one","primary":true}}`, withEmails(`{"value":"one","primary":true}`), 0},
		"replace element by null":         {`{"op":"replace","path":"emails[type eq \"home\"]","value":null}`, withEmails(`{"value":"w@x","type":"work","primary":true}`), 0},
		"replace sub by null":             {`{"op":"replace","path":"emails[type eq \"home\"].type","value":null}`, withEmails(`{"value":"w@x","type":"work","primary":true},{"value":"h@x"}`), 0},
		"remove all by filter":            {`{"op":"remove","path":"emails[value pr]"}`, head(``), 0},
		"remove primary eq false":         {`{"op":"remove","path":"emails[primary eq false]"}`, withEmails(`{"value":"w@x","type":"work","primary":true}`), 0},
		"remove unassigned":               {`{"op":"remove","path":"title"},{"op":"remove","path":"ims"},{"op":"remove","path":"` + ent + `"},{"op":"remove","path":"` + ent + `:manager.value"}`, same, 0},
		"remove the last sub-attribute":   {`{"op":"remove","path":"name.givenName"},{"op":"remove","path":"name.familyName"}`, `{"userName":"bj",` + emails + `}`, 0},
		"replace list by null":            {`{"op":"replace","path":"emails","value":null}`, head(``), 0},
		"replace list by []":              {`{"op":"replace","path":"emails","value":[]}`, head(``), 0},
		"add []":                          {`{"op":"add","path":"emails","value":[]}`, same, 0},
		"replace required by null":        {`{"op":"replace","path":"userName","value":null}`, "invalidValue", 0},
		"null inside complex":             {`{"op":"replace","path":"name","value":{"givenName":null}}`, `{"userName":"bj","name":{"familyName":"J"},` + emails + `}`, 0},
		"complex null":                    {`{"op":"replace","path":"name","value":null}`, `{"userName":"bj",` + emails + `}`, 0},
		"single object for list, replace": {`{"op":"replace","path":"emails","value":{"value":"x"}}`, "invalidValue", 0},
		"wrong type":                      {`{"op":"replace","path":"userName","value":5}`, "invalidValue", 0},
		"wrong type of sub":               {`{"op":"add","path":"emails","value":[{"value":true}]}`, "invalidValue", 0},
		"pathless string":                 {`{"op":"add","value":"x"}`, "invalidValue", 0},
		"pathless unknown":                {`{"op":"add","value":{"nope":1}}`, "invalidSyntax", 0},
		"pathless dotted":                 {`{"op":"add","value":{"name.givenName":"x"}}`, "invalidSyntax", 0},
		"pathless filter":                 {`{"op":"add","value":{"emails[type eq \"work\"].value":"x"}}`, "invalidSyntax", 0},
		"pathless read-only":              {`{"op":"replace","value":{"id":"x","title":"y"}}`, "mutability", 0},
		"pathless twice":                  {`{"op":"replace","value":{"title":"x","TITLE":"y"}}`, "invalidSyntax", 0},
		"pathless qualified":              {`{"op":"add","value":{"` + schema.UserURN + `:name.givenName":"B"}}`, `{"userName":"bj","name":{"familyName":"J","givenName":"B"},` + emails + `}`, 0},
		"extension object and attribute":  {`{"op":"add","value":{"` + ent + `":{"department":"d","manager":{"value":"m"}}}},{"op":"replace","value":{"` + ent + `:division":"v"}}`, `{` + s0 + `,"` + ent + `":{"division":"v","department":"d","manager":{"value":"m"}}}`, 0},
		"extension by path":               {`{"op":"add","path":"` + ent + `","value":{"department":"d"}},{"op":"replace","path":"` + ent + `","value":{"division":"v","department":null}}`, `{` + s0 + `,"` + ent + `":{"division":"v"}}`, 0},
		"extension removed":               {`{"op":"add","path":"` + ent + `","value":{"department":"d"}},{"op":"remove","path":"` + ent + `"}`, same, 0},
		"extension null":                  {`{"op":"add","path":"` + ent + `","value":{"department":"d"}},{"op":"replace","value":{"` + ent + `":null}}`, same, 0},
		"manager":                         {`{"op":"add","path":"` + ent + `:manager","value":{"value":"m"}},{"op":"replace","path":"` + ent + `:manager.value","value":"n"}`, `{` + s0 + `,"` + ent + `":{"manager":{"value":"n"}}}`, 0},
		"manager without value":           {`{"op":"add","path":"` + ent + `:manager","value":{"value":"m","$ref":"../m"}},{"op":"replace","path":"` + ent + `:manager","value":{"value":null}}`, same, 0},
		"manager by filter":               {`{"op":"add","path":"` + ent + `:manager","value":{"value":"m"}},{"op":"remove","path":"` + ent + `:manager[value eq \"m\"]"}`, same, 0},
		"manager's read-only name":        {`{"op":"add","path":"` + ent + `:manager","value":{"value":"m","displayName":"x"}}`, "mutability", 0},
		"manager string":                  {`{"op":"add","path":"` + ent + `:manager","value":"m"}`, "invalidValue", 0},
		"schemas known":                   {`{"op":"add","path":"schemas","value":["` + ent + `"]}`, same, 0},
		"schemas unknown":                 {`{"op":"add","path":"schemas","value":["urn:x"]}`, "invalidValue", 0},
		"schemas removed":                 {`{"op":"remove","path":"schemas"}`, "mutability", 0},
		"schemas value removed":           {`{"op":"remove","path":"schemas[value eq \"` + ent + `\"]"}`, same, 0},
		"meta":                            {`{"op":"replace","path":"meta.created","value":"2024-01-01T00:00:00Z"}`, "mutability", 0},
		"groups by filter":                {`{"op":"remove","path":"groups[value eq \"x\"]"}`, "mutability", 0},
		"add without match":               {`{"op":"add","path":"emails[type eq \"fax\"].value","value":"x"}`, "noTarget", 0},
		"unknown path":                    {`{"op":"add","path":"nope","value":"x"}`, "invalidPath", 0},
		"unknown sub":                     {`{"op":"add","path":"name","value":{"nope":"x"}}`, "invalidSyntax", 0},
		"valued remove":                   {`{"op":"remove","path":"emails","value":[{"value":"w@x"}]}`, "invalidValue", 0},
		"order":                           {`{"op":"add","path":"ims","value":[{"value":"a","type":"x"}]},{"op":"replace","path":"ims[type eq \"x\"].value","value":"b"},{"op":"add","path":"ims","value":[{"value":"a","type":"x"}]}`, head(`,` + emails + `,"ims":[{"value":"b","type":"x"},{"value":"a","type":"x"}]`), 0},
	} {
		l := &schema.Leniency{}
		if got := outcome(run(user, object(t, user, s0), test.operations, l)); got != test.want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

// What identity providers send, and which normalisation takes it.
func TestNormalisations(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	work := head(`,"emails":[{"value":"n@x","type":"work","primary":true},{"value":"h@x","type":"home"}]`)
	roles := func(list string) string { return head(`,` + emails + `,"roles":[` + list + `]`) }
	manager := `{` + s0 + `,"` + ent + `":{"manager":{"value":"m"}}}`
	setManager := `{"op":"add","path":"` + ent + `:manager","value":{"value":"m","$ref":"x"}},`
	for name, test := range map[string]ruleCase{
		"operation case":         {`{"op":"Add","path":"userName","value":"bj"}`, same, schema.OperationCase},
		"create on filter":       {`{"op":"add","path":"roles[type eq \"Work\"].value","value":"x"},{"op":"add","path":"roles[type eq \"work\"].display","value":"y"}`, roles(`{"value":"x","display":"y","type":"Work"}`), schema.CreateOnFilter},
		"update on filter":       {`{"op":"add","path":"emails[type eq \"work\"].value","value":"n@x"}`, work, 0},
		"replace never creates":  {`{"op":"replace","path":"roles[type eq \"work\"].value","value":"x"}`, "noTarget", 0},
		"boolean string":         {`{"op":"add","path":"roles[primary eq \"True\"].display","value":"d"},{"op":"add","path":"roles[primary eq \"True\"].value","value":"v"}`, roles(`{"value":"v","display":"d","primary":true}`), schema.CreateOnFilter | schema.BooleanStrings},
		"create two terms":       {`{"op":"add","path":"emails[type eq \"fax\" and primary eq true].value","value":"f"}`, head(`,"emails":[{"value":"w@x","type":"work","primary":false},{"value":"h@x","type":"home"},{"value":"f","type":"fax","primary":true}]`), schema.CreateOnFilter},
		"create from or":         {`{"op":"add","path":"roles[type eq \"a\" or type eq \"b\"].value","value":"x"}`, "noTarget", 0},
		"create contradiction":   {`{"op":"add","path":"roles[type eq \"a\" and type eq \"b\"].value","value":"x"}`, "noTarget", schema.CreateOnFilter},
		"create whole":           {`{"op":"add","path":"roles[type eq \"a\"]","value":{"value":"x"}}`, roles(`{"value":"x","type":"a"}`), schema.CreateOnFilter},
		"create nothing":         {`{"op":"add","path":"roles[type eq \"a\"].value","value":""}`, same, schema.CreateOnFilter | schema.EmptyStrings},
		"valued remove":          {`{"op":"remove","path":"emails","value":[{"value":"W@X"},{"value":"other"}]}`, head(`,"emails":[{"value":"h@x","type":"home"}]`), schema.ValuedRemove},
		"valued remove of []":    {`{"op":"remove","path":"emails","value":[]}`, same, schema.ValuedRemove},
		"valued remove by type":  {`{"op":"remove","path":"emails","value":[{"type":"Work"}]}`, head(`,"emails":[{"value":"h@x","type":"home"}]`), schema.ValuedRemove},
		"dotted keys":            {`{"op":"replace","value":{"name.givenName":"B","emails[type eq \"work\"].value":"n@x"}}`, `{"userName":"bj","name":{"familyName":"J","givenName":"B"},"emails":[{"value":"n@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}`, schema.PathKeys},
		"keys in an extension":   {`{"op":"add","value":{"` + ent + `":{"manager.value":"m"}}}`, manager, schema.PathKeys},
		"unknown keys":           {`{"op":"add","value":{"nope":1,"nope[type eq \"x\"].y":2,"name":{"nope":{"a":[]}}}}`, same, schema.UnknownAttributes},
		"read-only echo":         {`{"op":"replace","value":{"id":"x","meta":{},"groups":[],"userName":"bj"}}`, same, schema.ReadOnlyEcho},
		"read-only path":         {`{"op":"replace","path":"id","value":"x"}`, "mutability", 0},
		"manager string":         {`{"op":"add","path":"` + ent + `:manager","value":"m"}`, manager, schema.BareReferences},
		"manager bare name":      {`{"op":"add","path":"manager","value":"m"}`, manager, schema.BareReferences | schema.BareExtensionNames},
		"manager array":          {`{"op":"add","path":"` + ent + `:manager","value":[{"value":"m"}]}`, manager, schema.SingleArrays},
		"manager empty string":   {setManager + `{"op":"replace","path":"` + ent + `:manager","value":""}`, same, schema.EmptyStrings},
		"manager empty value":    {setManager + `{"op":"replace","path":"` + ent + `:manager","value":{"value":""}}`, same, schema.EmptyStrings},
		"manager empty in array": {setManager + `{"op":"replace","path":"` + ent + `:manager","value":[{"value":""}]}`, same, schema.EmptyStrings | schema.SingleArrays},
		"empty path":             {`{"op":"replace","path":"","value":{"userName":"bj"}}`, same, schema.EmptyStrings},
		"empty string":           {`{"op":"add","path":"title","value":"x"},{"op":"replace","path":"title","value":""}`, same, schema.EmptyStrings},
		"single object":          {`{"op":"replace","path":"emails","value":{"value":"z"}}`, head(`,"emails":[{"value":"z"}]`), schema.SingleObjects},
		"bare string in list":    {`{"op":"add","path":"ims","value":"z"}`, head(`,` + emails + `,"ims":[{"value":"z"}]`), schema.BareReferences},
		"bad boolean":            {`{"op":"replace","path":"active","value":"yes"}`, "invalidValue", 0},
	} {
		l := &schema.Leniency{Allowed: schema.AllNormalisations}
		if got := outcome(run(user, object(t, user, s0), test.operations, l)); got != test.want || l.Applied != test.applied {
			t.Errorf("%s: got %s, applied %v", name, got, l.Applied.Names())
		}
	}
}

// Mutability and requirements that only a custom schema has.
func TestDevices(t *testing.T) {
	t.Parallel()
	device := resourceType(t, "Device")
	const bare = `"owners":[{"value":"o","since":"2024-01-01T00:00:00Z"}]`
	const full = `"serial":"s","tags":["a","b"],` + bare + `,"origin":{"plant":"p"}`
	for _, test := range []struct{ before, operations, want string }{
		{bare, `{"op":"add","path":"serial","value":"s"}`, `{"serial":"s",` + bare + `}`},
		{full, `{"op":"add","path":"serial","value":"s"}`, `{` + full + `}`},
		{full, `{"op":"replace","path":"serial","value":"t"}`, "mutability"},
		{full, `{"op":"remove","path":"serial"}`, "mutability"},
		{bare, `{"op":"add","path":"origin.plant","value":"p"}`, `{` + bare + `,"origin":{"plant":"p"}}`},
		{full, `{"op":"add","path":"origin.plant","value":"q"}`, "mutability"},
		{full, `{"op":"add","path":"seen","value":"2024-01-01T00:00:00Z"}`, "mutability"},
		{full, `{"op":"remove","path":"owners"}`, "mutability"},
		{full, `{"op":"remove","path":"owners[value eq \"o\"]"}`, "mutability"},
		{full, `{"op":"remove","path":"owners[value eq \"o\"].value"}`, "mutability"},
		{full, `{"op":"remove","path":"owners.value"}`, "mutability"},
		{full, `{"op":"remove","path":"owners[value eq \"o\"].since"}`, "mutability"},
		{full, `{"op":"replace","path":"owners[value eq \"o\"].since","value":"2025-01-01T00:00:00Z"}`, "mutability"},
		{full, `{"op":"replace","path":"owners[value eq \"o\"].value","value":null}`, "invalidValue"},
		{full, `{"op":"replace","path":"owners","value":[]}`, "invalidValue"},
		{full, `{"op":"replace","path":"owners[value eq \"o\"]","value":null}`, "invalidValue"},
		{full, `{"op":"add","path":"owners","value":[{"level":1}]}`, "invalidValue"},
		{full, `{"op":"add","path":"owners[value eq \"o\"].checked","value":true}`, "mutability"},
		{full, `{"op":"add","path":"slots","value":1.5}`, "invalidValue"},
		{full, `{"op":"add","path":"tags","value":["B","c","C"]}`, `{"serial":"s","tags":["a","b","c"],` + bare + `,"origin":{"plant":"p"}}`},
		{full, `{"op":"remove","path":"tags[value eq \"A\"]"}`, `{"serial":"s","tags":["b"],` + bare + `,"origin":{"plant":"p"}}`},
		{full, `{"op":"replace","path":"tags[value eq \"a\"]","value":"b"}`, `{"serial":"s","tags":["b"],` + bare + `,"origin":{"plant":"p"}}`},
		{full, `{"op":"remove","path":"tags","value":["A"]}`, `{"serial":"s","tags":["b"],` + bare + `,"origin":{"plant":"p"}}`},
		{bare, `{"op":"add","path":"owners[value eq \"o\"].rights","value":["r","w"]},{"op":"add","path":"owners.rights","value":["x","r"]}`, `{"owners":[{"value":"o","since":"2024-01-01T00:00:00Z","rights":["r","w","x"]}]}`},
		{bare, `{"op":"add","path":"owners.rights","value":["r","w"]},{"op":"remove","path":"owners.rights","value":["r"]}`, `{"owners":[{"value":"o","since":"2024-01-01T00:00:00Z","rights":["w"]}]}`},
		{bare, `{"op":"add","path":"owners.rights","value":["r"]},{"op":"replace","path":"owners.rights","value":["z"]}`, `{"owners":[{"value":"o","since":"2024-01-01T00:00:00Z","rights":["z"]}]}`},
		{bare, `{"op":"add","path":"owners[value eq \"p\" and level eq 1000000].rights","value":"r"}`, `{"owners":[{"value":"o","since":"2024-01-01T00:00:00Z"},{"value":"p","rights":["r"],"level":1000000}]}`},
	} {
		l := &schema.Leniency{Allowed: schema.ValuedRemove | schema.CreateOnFilter}
		if got := outcome(run(device, object(t, device, test.before), test.operations, l)); got != test.want {
			t.Errorf("%s: got %s", test.operations, got)
		}
	}
}
