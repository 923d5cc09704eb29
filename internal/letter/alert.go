package letter

import (
	"context"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/mail"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// alert is a letter to one administrator.
type alert struct {
	To         mail.Recipient      `json:"to"`
	Connection string              `json:"connection"`
	Removals   int                 `json:"removals"`
	Limit      int                 `json:"limit"`
	Action     lifecycle.GuardMode `json:"action"`
	// WindowSeconds is what the limit is for.
	WindowSeconds int64 `json:"windowSeconds"`
}

// PostAlert implements scim.PostAlert: a letter to each who is told of alerts.
func (s *Service) PostAlert(ctx context.Context, found scim.Alert) ([]store.NewJob, error) {
	if len(s.AlertsTo) == 0 {
		return nil, nil
	}
	name, err := s.connection(ctx, found.Tenant, found.Connection)
	if err != nil {
		return nil, err
	}
	c := &scim.Caller{Tenant: found.Tenant, Kind: scim.KindSystem, ID: "mass guard", Connection: found.Connection}
	kept := make([]store.NewJob, len(s.AlertsTo))
	for i, to := range s.AlertsTo {
		of := alert{to, name, found.Verdict.Removals, found.Verdict.Limit, found.Verdict.Action, int64(found.Window / time.Second)}
		if kept[i], err = s.keep(ctx, c, kindMail, content{Alert: &of}); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// connection is the name of a connection, empty for the timers.
func (s *Service) connection(ctx context.Context, tenant store.TenantID, id uuid.UUID) (string, error) {
	if id == uuid.Nil {
		return "", nil
	}
	connections, err := s.Store.Connections(ctx, tenant)
	if err != nil {
		return "", err
	}
	for i := range connections {
		if connections[i].ID == id {
			return connections[i].Name, nil
		}
	}
	return id.String(), nil // removed meanwhile
}
