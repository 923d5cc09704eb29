package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPolicyText(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"purgeAfter":"30d","inviteValidity":"7d","resetValidity":"1h","approval":{"invited":false,"provisioned":false},` +
		`"lockout":{"failures":10,"within":"15m","lasts":"30m","permanentAfter":5},` +
		`"stale":{"after":"90d","warnAfter":"76d","suspend":false},"escalation":{"expired":"0s","suspended":"0s"},` +
		`"guard":{"mode":"hold","window":"1h","armedFrom":200,"floor":50,"percent":10}}`
	if string(text) != want {
		t.Errorf("got %s", text)
	}
	strict := strict()
	strict.Approval.Provisioned = true
	if text, err = json.Marshal(strict); err != nil {
		t.Fatal(err)
	}
	if back, err := DefaultPolicy().Overlay(text); err != nil || back != strict {
		t.Errorf("after a round trip: %+v, %v", back, err)
	}
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	got, err := DefaultPolicy().Overlay([]byte(`{"stale":{"suspend":true},"guard":{"mode":"reject"},"purgeAfter":"1d12h"}`))
	want := DefaultPolicy()
	want.Stale.Suspend, want.Guard.Mode, want.PurgeAfter = true, GuardReject, 36*time.Hour
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, text := range []string{
		``, `[]`, `{"stale":{"afterr":"1d"}}`, `{"purgeAfter":30}`, `{"purgeAfter":"30"}`, `{"purgeAfter":"-1h"}`, `{"purgeAfter":"99999d"}`,
		`{"purgeAfter":"1m"}`, `{"guard":{"mode":"none"}}`, `{} {}`, `{"lockout":{"failures":0}}`, `{"stale":{"after":"10d"}}`,
		`{"guard":{"floor":1},"guard":{"floor":2}}`, `{"guard":{"floor":1,"floor":2}}`, `{"guard":{"floor":1,"Floor":2}}`,
	} {
		if _, err := DefaultPolicy().Overlay([]byte(text)); !errors.Is(err, ErrPolicy) {
			t.Errorf("%s: %v", text, err)
		}
	}
	stored, err := DefaultPolicy().Recall([]byte(`{"guard":{"floor":1},"guard":{"floor":2}}`))
	if err != nil || stored.Guard.Floor != 2 {
		t.Errorf("what was stored before: %+v, %v", stored.Guard, err)
	}
	if _, err := DefaultPolicy().Overlay([]byte(`{"stale":{"after":"90d"},"purgeAfter":"90d","guard":{"floor":90,"mode":"hold"},"inviteValidity":"7d"}`)); err != nil {
		t.Errorf("the same value twice: %v", err)
	}
}

func TestLengths(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(3650*day)).Draw(r, "length"))
		if back, err := parseLength(lengthText(d)); err != nil || back != d {
			r.Fatalf("%s is %s and reads as %s, %v", d, lengthText(d), back, err)
		}
	})
}

// TestPolicyValues: a policy is its values, whatever they are, and what it says
// otherwise than another one makes it of that.
func TestPolicyValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		drawn := func(standard map[string]string) map[string]string {
			lengths := rapid.SampledFrom([]string{"0", "1h", "90d", "36h", "1h30m", "2160h", "15m", "9999d", "1s", "x", "-1h", ""})
			for name, was := range standard {
				switch {
				case rapid.Bool().Draw(t, "keep "+name):
				case was == "true" || was == "false":
					standard[name] = rapid.SampledFrom([]string{"true", "false", "maybe"}).Draw(t, name)
				case was == "hold":
					standard[name] = rapid.SampledFrom([]string{"hold", "off", "x"}).Draw(t, name)
				case was[len(was)-1] >= '0' && was[len(was)-1] <= '9':
					standard[name] = rapid.SampledFrom([]string{"0", "7", "101", "-1", "1.5", "99999999999"}).Draw(t, name)
				default:
					standard[name] = lengths.Draw(t, name)
				}
			}
			return standard
		}
		values := drawn(DefaultPolicy().Values())
		got, wrong := strict().With(values)
		for _, one := range wrong {
			if _, ok := values[one.Field]; !ok || !errors.Is(one, ErrPolicy) {
				t.Fatalf("nobody asked for %v", one)
			}
		}
		if len(wrong) > 0 {
			return
		}
		if err := got.Validate(); err != nil {
			t.Fatalf("what is wrong was not said: %v", err)
		}
		if again, wrong := DefaultPolicy().With(got.Values()); len(wrong) > 0 || again != got {
			t.Fatalf("after a round trip: %+v, %v", again, wrong)
		}
		for _, of := range []Policy{DefaultPolicy(), strict(), got} {
			if back, err := of.Overlay(got.Text(of)); err != nil || back != got {
				t.Fatalf("%s: %+v, %v", got.Text(of), back, err)
			}
		}
	})
	if text := DefaultPolicy().Text(DefaultPolicy()); string(text) != "{}" {
		t.Errorf("what differs from itself: %s", text)
	}
	_, wrong := DefaultPolicy().With(map[string]string{"guard.floors": "1", "guard.percent": "101", "purgeAfter": "soon", "stale.warnAfter": "90d", "stale.suspend": "x"})
	var names []string
	for _, one := range wrong {
		names = append(names, one.Field)
	}
	if want := "[guard.floors purgeAfter stale.suspend stale.warnAfter guard.percent]"; fmt.Sprint(names) != want {
		t.Errorf("what is wrong: %v, want %s", wrong, want)
	}
}
