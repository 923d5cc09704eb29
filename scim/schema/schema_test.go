package schema_test

import (
	"strings"
	"testing"

	"rollcall/schemas"
	"rollcall/scim/schema"
)

func TestLoadAndRoundTrip(t *testing.T) {
	registry, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := registry.Type("User")
	body := `{"SCHEMAS":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"x","UserName":"Bob","name":{"givenName":"B"},"active":"True","emails":[{"value":"a@b","type":"work","primary":"true"},{"value":"A@b","type":"Work"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:user":{"manager":"7","department":"x"},"nope":{"a":[1,2]},"title":null}`
	leniency := &schema.Leniency{Allowed: schema.AllNormalisations}
	got, err := user.Decode(strings.NewReader(body), leniency)
	if err != nil {
		t.Fatal(err)
	}
	document := user.AppendDocument(nil, "7f", got)
	const want = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User"],"id":"7f","userName":"Bob","name":{"givenName":"B"},"emails":[{"value":"a@b","type":"work","primary":true}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"x","manager":{"value":"7"}},"urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User":{}}`
	if string(document) != want {
		t.Errorf("got %s", document)
	}
	back, err := user.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	again := user.AppendDocument(nil, "7f", back)
	if string(again) != want {
		t.Errorf("after a round trip: %s", again)
	}
}
