package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"rollcall/internal/app"
	"rollcall/internal/console"
	company "rollcall/internal/demo"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/store"
)

// demo fills a tenant.
type demo struct {
	directory         `embed:""`
	app.SchemasConfig `embed:""`
	app.AddressConfig `embed:""`
	Tenant            string `default:"demo" help:"Name of the tenant; made where it does not exist. One that has users or groups is refused."`
	Users             int    `default:"500" help:"How many accounts to make, with those that are deleted again."`
	Seed              uint64 `default:"1" help:"What is left to chance follows from it: the same seed makes the same people."`
}

// demoView is what was made, as scripts see it.
type demoView struct {
	*company.Report
	Link string `json:"link"`
}

// AfterApply refuses before the database is opened.
func (d *demo) AfterApply() error { return company.Check(d.Tenant, d.Users) }

// Run implements the verb. It migrates first: who tries the program has no
// database yet.
func (d *demo) Run(ctx context.Context, t terminal) error {
	base, err := d.BaseURL()
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	opened, err := app.OpenStore(ctx, d.Database)
	if err != nil {
		return err
	}
	err = opened.Migrate(ctx)
	if err == nil {
		err = d.fill(ctx, t, opened, base)
	}
	return app.WithoutSecrets(errors.Join(err, opened.Close()), d.Database)
}

func (d *demo) fill(ctx context.Context, t terminal, opened store.Store, base string) error {
	types, err := app.TypesOf(ctx, opened, d.SchemasConfig)
	if err != nil {
		return err
	}
	// For a server, what happens half a year ago is overdue at once.
	release, err := app.HoldOff(ctx, opened)
	if err != nil {
		return err
	}
	made, err := company.Run(ctx, company.Options{
		Store: opened, Types: types, Tenant: d.Tenant, Users: d.Users, Seed: d.Seed, Actor: audit(now()), Progress: d.progress(t),
	})
	release()
	if errors.Is(err, company.ErrPopulated) {
		return fmt.Errorf("%w: name another one with --tenant", err)
	}
	if err != nil {
		return err
	}
	link, err := d.link(ctx, opened, base)
	if err != nil {
		return err
	}
	if d.JSON {
		return printJSON(t.stdout, demoView{made, link})
	}
	return d.print(t, made, link)
}

// progress tells people how far it has got, ten times.
func (d *demo) progress(t terminal) func(done, of int) {
	if d.JSON {
		return nil
	}
	return func(done, of int) {
		if tenth := of / 10; tenth > 0 && done%tenth == 0 {
			fmt.Fprintf(t.stderr, "%d%% of half a year has passed\n", done/tenth*10)
		}
	}
}

// link signs in the owner of the company.
func (d *demo) link(ctx context.Context, opened store.Store, base string) (string, error) {
	found, err := opened.Tenant(ctx, d.Tenant)
	if err != nil {
		return "", named("tenant", d.Tenant, err)
	}
	service := operator.New(opened, nil)
	owner, err := service.EnsureOwner(ctx, found.ID, audit(now()))
	if err != nil {
		return "", err
	}
	secret, _, err := service.Link(ctx, owner, audit(now()))
	return console.SignInURL(base, secret), err
}

func (d *demo) print(t terminal, made *company.Report, link string) error {
	rows := [][]string{}
	for _, status := range lifecycle.LivingStatuses() {
		rows = append(rows, []string{string(status), strconv.Itoa(made.Statuses[status])})
	}
	rows = append(rows, []string{"Deleted", strconv.Itoa(made.Deleted)}, []string{"Groups", strconv.Itoa(made.Groups)})
	if err := printTable(t.stdout, []string{"STATUS", "IN " + made.Tenant}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.stdout, `
Look at it: start the server on the same database,
  rollcall serve
and sign in by this link, which works once within an hour:
  %s
Another link: rollcall console-link --tenant %s
`, link, made.Tenant)
	return err
}
