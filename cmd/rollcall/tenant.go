package main

import (
	"context"
	"time"

	"rollcall/internal/admin"
	"rollcall/store"
)

// tenant groups the verbs on tenants.
type tenant struct {
	Create tenantCreate `cmd:"" help:"Create a tenant."`
	List   tenantList   `cmd:"" help:"List all tenants."`
}

// tenantView is a tenant as scripts see it.
type tenantView struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
}

func viewTenant(t store.Tenant) tenantView { return tenantView{t.Name, t.Created} }

type tenantCreate struct {
	directory `embed:""`
	Name      string `arg:"" help:"Lower-case letters, digits and -, up to 63."`
}

// AfterApply refuses a name before the database is opened.
func (c *tenantCreate) AfterApply() error { return admin.CheckTenantName(c.Name) }

// Run implements the verb.
func (c *tenantCreate) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, func(s store.Store) error {
		at := now()
		created, err := admin.CreateTenant(ctx, s, store.Tenant{Name: c.Name, Created: at}, audit(at))
		if err != nil {
			return named("tenant", c.Name, err)
		}
		if c.JSON {
			return printJSON(t.stdout, viewTenant(created))
		}
		return printTable(t.stdout, []string{"TENANT", "CREATED"}, [][]string{{created.Name, day(created.Created)}})
	})
}

type tenantList struct {
	directory `embed:""`
}

// Run implements the verb.
func (l *tenantList) Run(ctx context.Context, t terminal) error {
	return l.with(ctx, func(s store.Store) error {
		tenants, err := s.Tenants(ctx)
		if err != nil {
			return err
		}
		views, rows := []tenantView{}, [][]string{}
		for _, found := range tenants {
			views = append(views, viewTenant(found))
			rows = append(rows, []string{found.Name, day(found.Created)})
		}
		if l.JSON {
			return printJSON(t.stdout, views)
		}
		return printTable(t.stdout, []string{"TENANT", "CREATED"}, rows)
	})
}
