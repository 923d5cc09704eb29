package lifecycle

import (
	"encoding/json"
	"errors"
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
