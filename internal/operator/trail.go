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

// value is null for what is not there.
func value(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
