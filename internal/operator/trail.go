package operator

import (
	"encoding/json"

	"rollcall/store"
)

// Deleted is the action of the audit row that an operator is removed with.
const Deleted = "operator.delete"

// NameDeleted is what an operator was called when a row of the action Deleted was
// written; empty where that says so no more.
func NameDeleted(row *store.AuditRow) string {
	var changes struct {
		Name [2]*string `json:"name"`
	}
	if err := json.Unmarshal(row.Changes, &changes); err != nil || changes.Name[0] == nil || *changes.Name[0] == store.Erased {
		return ""
	}
	return *changes.Name[0]
}

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
