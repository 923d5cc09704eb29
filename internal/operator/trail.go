package operator

import (
	"encoding/json"

	"rollcall/store"
)

// difference is what the audit trail says of a change: {"name": [before, after]}.
func difference(before, after store.Operator) ([]byte, error) {
	changes := map[string][2]*string{}
	for name, values := range map[string][2]string{
		"name": {before.Name, after.Name}, "role": {before.Role, after.Role},
		"issuer": {before.Issuer, after.Issuer}, "subject": {before.Subject, after.Subject},
	} {
		if values[0] != values[1] {
			changes[name] = [2]*string{value(values[0]), value(values[1])}
		}
	}
	return json.Marshal(changes)
}

// manner is what the audit trail says of how an operator signed in.
func manner(who *Identity, link []byte) ([]byte, error) {
	if link != nil {
		return json.Marshal(map[string][2]*string{"by": {nil, value("link")}})
	}
	return json.Marshal(map[string][2]*string{
		"by": {nil, value("openid")}, "issuer": {nil, value(who.Operator.Issuer)}, "subject": {nil, value(who.Operator.Subject)},
	})
}

// value is null for what is not there.
func value(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
