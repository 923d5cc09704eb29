package lifecycle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// policyText is a policy as administrators write it. Lengths of time are texts
// such as "90d", "36h" or "1h30m"; "0" is off where off is possible.
type policyText struct {
	PurgeAfter     length `json:"purgeAfter"`
	InviteValidity length `json:"inviteValidity"`
	ResetValidity  length `json:"resetValidity"`
	Approval       struct {
		Invited     bool `json:"invited"`
		Provisioned bool `json:"provisioned"`
	} `json:"approval"`
	Lockout struct {
		Failures       int    `json:"failures"`
		Within         length `json:"within"`
		Lasts          length `json:"lasts"`
		PermanentAfter int    `json:"permanentAfter"`
	} `json:"lockout"`
	Stale struct {
		After     length `json:"after"`
		WarnAfter length `json:"warnAfter"`
		Suspend   bool   `json:"suspend"`
	} `json:"stale"`
	Escalation struct {
		Expired   length `json:"expired"`
		Suspended length `json:"suspended"`
	} `json:"escalation"`
	Guard struct {
		Mode      GuardMode `json:"mode"`
		Window    length    `json:"window"`
		ArmedFrom int       `json:"armedFrom"`
		Floor     int       `json:"floor"`
		Percent   int       `json:"percent"`
	} `json:"guard"`
}

// MarshalJSON writes all of the policy.
func (p Policy) MarshalJSON() ([]byte, error) { return json.Marshal(p.text()) }

func (p Policy) text() policyText {
	var t policyText
	t.PurgeAfter, t.InviteValidity, t.ResetValidity = length(p.PurgeAfter), length(p.InviteValidity), length(p.ResetValidity)
	t.Approval.Invited, t.Approval.Provisioned = p.Approval.Invited, p.Approval.Provisioned
	t.Lockout.Failures, t.Lockout.Within = p.Lockout.Failures, length(p.Lockout.Within)
	t.Lockout.Lasts, t.Lockout.PermanentAfter = length(p.Lockout.Lasts), p.Lockout.PermanentAfter
	t.Stale.After, t.Stale.WarnAfter, t.Stale.Suspend = length(p.Stale.After), length(p.Stale.WarnAfter), p.Stale.Suspend
	t.Escalation.Expired, t.Escalation.Suspended = length(p.Escalation.Expired), length(p.Escalation.Suspended)
	t.Guard.Mode, t.Guard.Window = p.Guard.Mode, length(p.Guard.Window)
	t.Guard.ArmedFrom, t.Guard.Floor, t.Guard.Percent = p.Guard.ArmedFrom, p.Guard.Floor, p.Guard.Percent
	return t
}

// Overlay reads a policy that says what differs from this one: what the JSON
// object leaves out stays. A name that no policy has is refused, and so is one
// that is repeated, so that a slip of the pen does not pass for a decision; the
// errors are ErrPolicy.
func (p Policy) Overlay(text []byte) (Policy, error) { return p.overlay(text, true) }

// Recall is Overlay for what was stored before: a name that another release has
// written is passed over, and of a repeated one the last counts.
func (p Policy) Recall(text []byte) (Policy, error) { return p.overlay(text, false) }

func (p Policy) overlay(text []byte, strict bool) (Policy, error) {
	t := p.text()
	reader := json.NewDecoder(bytes.NewReader(text))
	if strict {
		reader.DisallowUnknownFields()
	}
	if err := reader.Decode(&t); err != nil {
		return p, fmt.Errorf("%w: %s", ErrPolicy, told(err))
	}
	if _, err := reader.Token(); !errors.Is(err, io.EOF) {
		return p, fmt.Errorf("%w: it goes on after the JSON object", ErrPolicy)
	}
	if strict {
		if err := checkRepeated(text); err != nil {
			return p, fmt.Errorf("%w: %w", ErrPolicy, err)
		}
	}
	next := t.policy()
	return next, next.Validate()
}

// policy is the policy that the text says.
func (t *policyText) policy() Policy {
	return Policy{
		PurgeAfter: time.Duration(t.PurgeAfter), InviteValidity: time.Duration(t.InviteValidity), ResetValidity: time.Duration(t.ResetValidity),
		Approval: ApprovalPolicy{Invited: t.Approval.Invited, Provisioned: t.Approval.Provisioned},
		Lockout: LockoutPolicy{
			Failures: t.Lockout.Failures, Within: time.Duration(t.Lockout.Within), Lasts: time.Duration(t.Lockout.Lasts), PermanentAfter: t.Lockout.PermanentAfter,
		},
		Stale:      Staleness{After: time.Duration(t.Stale.After), WarnAfter: time.Duration(t.Stale.WarnAfter), Suspend: t.Stale.Suspend},
		Escalation: Escalation{Expired: time.Duration(t.Escalation.Expired), Suspended: time.Duration(t.Escalation.Suspended)},
		Guard: MassGuard{
			Mode: t.Guard.Mode, Window: time.Duration(t.Guard.Window), ArmedFrom: t.Guard.ArmedFrom, Floor: t.Guard.Floor, Percent: t.Guard.Percent,
		},
	}
}

// told drops what the JSON reader says of our types.
func told(err error) string {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return fmt.Sprintf("%s cannot be a %s", mistyped.Field, mistyped.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// length is a length of time as text.
type length time.Duration

func (l length) MarshalText() ([]byte, error) { return []byte(lengthText(time.Duration(l))), nil }

func (l *length) UnmarshalText(text []byte) error {
	d, err := parseLength(string(text))
	*l = length(d)
	return err
}

// lengthText writes whole days as days.
func lengthText(d time.Duration) string {
	if d != 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

var errLength = errors.New("is not a length of time such as 90d, 36h or 15m")

// parseLength reads what lengthText writes, and days before any other part.
func parseLength(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.ParseInt(days, 10, 64)
	if err != nil || n < 0 || n > 36500 {
		return 0, fmt.Errorf("%q %w", text, errLength)
	}
	if rest == "" {
		return time.Duration(n) * day, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q %w", text, errLength)
	}
	return time.Duration(n)*day + d, nil
}
