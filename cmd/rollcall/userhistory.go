package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/store"
)

type userHistory struct {
	ofUser `embed:""`
	Limit  int `default:"50" help:"Most rows that are listed."`
}

// historyView is a row of the history as scripts see it.
type historyView struct {
	Time      time.Time `json:"time"`
	Action    string    `json:"action"`
	ActorKind string    `json:"actor_kind"`
	ActorID   string    `json:"actor_id"`
	Reason    string    `json:"reason,omitempty"`
	Version   int64     `json:"version"`
	RequestID string    `json:"request_id,omitempty"`
}

// Run implements the verb.
func (h *userHistory) Run(ctx context.Context, t terminal) error {
	if h.Limit < 1 || h.Limit > store.MaxAuditPage {
		return fmt.Errorf("%w: limit is a number from 1 to %d", errUsage, store.MaxAuditPage)
	}
	return h.with(ctx, func(a *account) error {
		page, err := a.store.SearchAudit(ctx, store.AuditSearch{
			Tenant: a.tenant.ID, SubjectType: scim.UserType, Subject: uuid.MustParse(a.id), Limit: h.Limit,
		})
		if err != nil {
			return err
		}
		views, rows := []historyView{}, [][]string{}
		for _, row := range page.Rows {
			views = append(views, historyView{row.At.UTC(), row.Action, row.ActorKind, row.ActorID, row.Reason, row.Version, row.RequestID})
			rows = append(rows, []string{day(row.At.UTC()), row.Action, row.ActorKind + ":" + row.ActorID, row.Reason})
		}
		if h.JSON {
			return printJSON(t.stdout, views)
		}
		return printTable(t.stdout, []string{"TIME", "ACTION", "BY", "REASON"}, rows)
	})
}
