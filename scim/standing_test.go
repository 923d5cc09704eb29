package scim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// The shape of an ordinary account.
func TestStandingOfAnOrdinaryAccount(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "bob")
		user := b.read(b.idp, id)
		schemas, _ := user["schemas"].([]any)
		if !slices.Contains(schemas, any(lifecycleURN)) || user["active"] != true {
			t.Errorf("got %v", user)
		}
		got := fmt.Sprint(b.extension(b.idp, id))
		if want := "map[source:scim sourceClient:idp stale:false status:Active statusChanged:2026-05-06T07:08:09.000000Z]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		asked := b.extension(b.idp, id, lifecycleURN+":failedLogins", lifecycleURN+":noSharedData", lifecycleURN+":tags")
		if got := fmt.Sprint(asked); got != "map[failedLogins:0 noSharedData:true]" {
			t.Errorf("asked for: %s", got)
		}
	})
}

// Each attribute of the extension can be filtered and sorted by, by the clock of
// the query.
func TestFilterByStanding(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		at := func(d time.Duration) string { return b.clock.now().Add(d).Format(time.RFC3339) }
		begin := b.clock.now()
		extended := func(members string) string { return fmt.Sprintf("%q:{%s}", lifecycleURN, members) }
		b.create(b.idp, "active", extended(`"tags":["vip","ops"]`))
		b.create(b.idp, "expiring", extended(`"validUntil":"`+at(2*time.Hour)+`"`))
		b.create(b.idp, "coming", extended(`"validFrom":"`+at(3*time.Hour)+`"`))
		locked := b.create(b.idp, "locked")
		suspended := b.create(b.hr, "suspended", `"roles":[{"value":"admin"}]`)
		machine := b.create(b.admin, "machine", extended(`"apiOnly":true,"purpose":"backup"`))
		b.act(locked, lifecycle.Lock{By: "ann", Reason: "odd", Until: begin.Add(time.Hour)})
		b.act(suspended, lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, By: "ann", Reason: "asked", Until: begin.Add(4 * time.Hour)}})
		if _, err := b.provider.ReportSignIn(t.Context(), b.idp, scim.SignIn{User: "active", Succeeded: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.provider.ReportSignIn(t.Context(), b.idp, scim.SignIn{User: "expiring"}); err != nil {
			t.Fatal(err)
		}
		b.team("team", machine)
		for _, test := range []struct {
			after        time.Duration
			filter, want string
		}{
			{0, `@status eq "Active"`, "active expiring machine"},
			{0, `@status eq "active"`, ""},
			{0, `@status sw "Ac"`, "active expiring machine"},
			{0, `@status co "ed"`, "locked suspended"},
			{0, `@status ne "Active"`, "coming locked suspended"},
			{0, `not (@status eq "Active")`, "coming locked suspended"},
			{0, `@status pr and userName eq "active"`, "active"},
			{0, `active eq true`, "active expiring locked machine"},
			{0, `active eq false`, "coming suspended"},
			{0, `@statusReason eq "locked"`, "locked"},
			{0, `@statusReason pr`, "coming locked machine suspended"},
			{0, `not (@statusReason pr)`, "active expiring"},
			{0, `@lockedUntil pr`, "locked"},
			{0, `@lockedUntil le "` + at(time.Hour) + `"`, "locked"},
			{0, `@suspendedUntil gt "` + at(time.Hour) + `"`, "suspended"},
			{0, `@validUntil pr`, "expiring"},
			{0, `@validFrom ge "` + at(time.Hour) + `"`, "coming"},
			{0, `@apiOnly eq true`, "machine"},
			{0, `@apiOnly eq false`, "active coming expiring locked suspended"},
			{0, `@purpose eq "BACKUP"`, "machine"},
			{0, `@tags eq "vip"`, "active"},
			{0, `@source eq "local"`, "machine"},
			{0, `@sourceClient eq "hr"`, "suspended"},
			{0, `@lastLogin pr`, "active"},
			{0, `@lastLogin ge "` + at(0) + `"`, "active"},
			{0, `@failedLogins gt 0`, "expiring"},
			{0, `@failedLogins eq 0 and @status eq "Active"`, "active machine"},
			{0, `@noSharedData eq false`, "machine suspended"},
			{0, `@noSharedData eq true`, "active coming expiring locked"},
			{0, `@purgeAfter pr`, ""},
			{0, `@stale eq true`, ""},
			{0, `@statusChanged ge "` + at(0) + `"`, "active coming expiring locked machine suspended"},
			{90 * time.Minute, `@status eq "Locked"`, ""},
			{90 * time.Minute, `@lockedUntil pr`, ""},
			{90 * time.Minute, `@statusChanged gt "` + at(time.Minute) + `"`, "locked"},
			{150 * time.Minute, `@statusReason eq "expired"`, "expiring"},
			{150 * time.Minute, `@status eq "Active"`, "active locked machine"},
			{200 * time.Minute, `@status eq "Inactive"`, ""},
			{200 * time.Minute, `@statusChanged gt "` + at(150*time.Minute) + `"`, "coming"},
			{5 * time.Hour, `active eq false`, "expiring"},
			{91 * day, `@stale eq true`, "active coming expiring locked machine suspended"},
		} {
			b.clock.set(begin.Add(test.after))
			filter := strings.ReplaceAll(test.filter, "@", lifecycleURN+":")
			got := b.found(filter, "userName")
			if strings.Join(got, " ") != test.want {
				t.Errorf("after %s, %s: found %v, want %s", test.after, test.filter, got, test.want)
			}
		}
		b.clock.set(begin)
		for by, want := range map[string]string{
			"status":       "active expiring machine coming locked suspended",
			"validUntil":   "expiring",
			"lastLogin":    "active",
			"failedLogins": "active",
			"sourceClient": "active",
		} {
			got := b.found("", lifecycleURN+":"+by)
			if by == "status" {
				slices.Sort(got[:3])
			}
			if by == "failedLogins" {
				if got[len(got)-1] != "expiring" {
					t.Errorf("by %s: %v", by, got)
				}
				continue
			}
			if !strings.HasPrefix(strings.Join(got, " "), want) && by != "sourceClient" {
				t.Errorf("by %s: %v", by, got)
			}
		}
	})
}

// What clients may write of the extension, and what PUT keeps.
func TestWritingTheExtension(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		until := b.clock.now().Add(time.Hour).Format(time.RFC3339)
		id := b.create(b.idp, "bob", fmt.Sprintf(`%q:{"validUntil":%q,"tags":["a"],"status":"Purged","linkedContact":{"value":"x"}}`, lifecycleURN, until))
		put := func(c *scim.Caller, more string) (map[string]any, error) {
			body := fmt.Sprintf(`{"schemas":[%q,%q],"userName":"bob"%s}`, schema.UserURN, lifecycleURN, more)
			resource, err := b.provider.Replace(t.Context(), c, b.user, id, scim.Precondition{}, strings.NewReader(body), scim.View{})
			if err != nil {
				return nil, err
			}
			extension, _ := b.document(resource)[lifecycleURN].(map[string]any)
			return extension, nil
		}
		got, err := put(b.idp, "")
		if err != nil || got["validUntil"] != until || fmt.Sprint(got["tags"]) != "[a]" || got["linkedContact"] == nil {
			t.Errorf("PUT without the extension left %v, %v", got, err)
		}
		if got, err = put(b.idp, fmt.Sprintf(`,%q:{"tags":["b"]}`, lifecycleURN)); err != nil || got["validUntil"] != until || fmt.Sprint(got["tags"]) != "[b]" {
			t.Errorf("PUT with another tag left %v, %v", got, err)
		}
		for name, more := range map[string]string{
			"null": fmt.Sprintf(`,%q:{"validUntil":null}`, lifecycleURN), "the whole extension": fmt.Sprintf(`,%q:null`, lifecycleURN),
			"apiOnly": fmt.Sprintf(`,%q:{"apiOnly":true,"purpose":"p"}`, lifecycleURN),
		} {
			if _, err := put(b.idp, more); !has(err, 403) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := b.tryPatch(b.idp, id, `{"op":"remove","path":"`+lifecycleURN+`:tags"}`); !has(err, 403) {
			t.Errorf("remove: %v", err)
		}
		if _, err := put(b.admin, fmt.Sprintf(`,%q:{"apiOnly":true}`, lifecycleURN)); !has(err, 400) {
			t.Errorf("API-only without a purpose: %v", err)
		}
		if _, err := put(b.idp, fmt.Sprintf(`,%q:{"validFrom":"2030-01-01T00:00:00Z"}`, lifecycleURN)); !has(err, 400) {
			t.Errorf("ends before it begins: %v", err)
		}
		if got, err = put(b.admin, fmt.Sprintf(`,%q:{"validUntil":null}`, lifecycleURN)); err != nil || got["validUntil"] != nil || fmt.Sprint(got["tags"]) != "[b]" {
			t.Errorf("an explicit null left %v, %v", got, err)
		}
		if got, err = put(b.admin, fmt.Sprintf(`,%q:null`, lifecycleURN)); err != nil || got["tags"] != nil {
			t.Errorf("null for the extension left %v, %v", got, err)
		}
		// What the engine changes shows in the document.
		b.act(id, lifecycle.Schedule{ValidFrom: b.clock.now().Add(day)}, lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: "backup"})
		got = b.extension(b.idp, id)
		if got["validFrom"] != "2026-05-07T07:08:09Z" || got["apiOnly"] != true || got["purpose"] != "backup" || got["status"] != "Inactive" {
			t.Errorf("the engine left %v", got)
		}
		b.act(id, lifecycle.Cancel{Kind: lifecycle.TimerValidFrom})
		if got = b.extension(b.idp, id); got["validFrom"] != nil || got["statusReason"] != "staged" {
			t.Errorf("after the timer was cancelled: %v", got)
		}
	})
}

func has(err error, status int) bool {
	refused, ok := fault.As(err)
	return ok && refused.Status == status
}
