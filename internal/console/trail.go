package console

import (
	"rollcall/internal/admin"
	"rollcall/internal/requestid"
	"rollcall/scim"
	"rollcall/store"
)

// trail is the audit row of what the operator does.
func (c *call) trail() store.Audit {
	return store.Audit{
		At: c.face.Operators.Now(), ActorKind: scim.KindOperator, ActorID: c.identity.ActorID(), RequestID: requestid.From(c.Request().Context()),
	}
}

// noted is the audit row of an action that changes no account.
func (c *call) noted() store.Audit {
	row := c.trail()
	row.At = c.face.Provider.Now()
	return row
}

// reasoned is the audit row of what a form does for a reason.
func (c *call) reasoned(reason string) (store.Audit, error) {
	row := c.trail()
	row.Reason = reason
	return row, admin.CheckText("reason", reason)
}
