package scim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

// TestInitiators: an event of CAEP says who set off what it tells of, as section 2
// of CAEP 1.0 names them.
func TestInitiators(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		cut := b.create(b.idp, "cut")
		b.active(b.idp, cut, false)
		b.initiated(cut, "caep:session-revoked admin")

		ended := b.create(b.idp, "ended", fmt.Sprintf(`%q:{"validUntil":%q}`, lifecycleURN, b.clock.now().Add(time.Hour).Format(time.RFC3339)))
		b.clock.pass(2 * time.Hour)
		b.fire()
		b.initiated(ended, "caep:session-revoked system")

		person := b.create(b.idp, "person", `"password":"correct horse"`)
		itself := *b.idp
		itself.Kind, itself.ID, itself.Subject = scim.KindUser, person, b.key(person).ID
		b.patch(&itself, person, `{"op":"replace","path":"password","value":"battery staple"}`)
		b.initiated(person, "caep:credential-change user")
	})
}

// initiated holds what events of CAEP a user has, each with its initiator.
func (b *bed) initiated(id string, want ...string) {
	b.Helper()
	rows, err := b.store.EventsOf(b.Context(), b.key(id), 100)
	if err != nil {
		b.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		var says struct {
			Initiator string `json:"initiating_entity"`
		}
		if err := json.Unmarshal(row.Payload, &says); err != nil {
			b.Fatal(err)
		}
		if strings.HasPrefix(row.Type, "caep:") {
			got = append(got, row.Type+" "+says.Initiator)
		} else if says.Initiator != "" {
			b.Errorf("%s has an initiator", row.Type)
		}
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		b.Errorf("told %q, want %q", got, want)
	}
}
