package main

import (
	"context"
	"fmt"
	"time"

	"rollcall/internal/app"
	"rollcall/internal/console"
	"rollcall/internal/operator"
	"rollcall/store"
)

// operators groups the verbs on the people in the console.
type operators struct {
	Create operatorCreate `cmd:"" help:"Create an operator; rollcall console-link makes the link to sign in by."`
	List   operatorList   `cmd:"" help:"List the operators of a tenant."`
	Set    operatorSet    `cmd:"" help:"Change an operator: the role, the name, who it is at an OpenID provider."`
	Delete operatorDelete `cmd:"" help:"Remove an operator, who is signed out at once."`
}

// operatorView is an operator as scripts see it.
type operatorView struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	Issuer     string     `json:"issuer,omitempty"`
	Subject    string     `json:"subject,omitempty"`
	Created    time.Time  `json:"created"`
	LastSignIn *time.Time `json:"last_sign_in,omitempty"`
}

func viewOperator(o store.Operator) operatorView {
	view := operatorView{ID: o.ID.String(), Name: o.Name, Role: o.Role, Issuer: o.Issuer, Subject: o.Subject, Created: o.Created}
	if !o.LastSignIn.IsZero() {
		view.LastSignIn = &o.LastSignIn
	}
	return view
}

// printOperators shows operators to scripts or to people.
func (d directory) printOperators(t terminal, list []store.Operator) error {
	views, rows := []operatorView{}, [][]string{}
	for _, one := range list {
		views = append(views, viewOperator(one))
		rows = append(rows, []string{one.Name, one.Role, day(one.Created), day(one.LastSignIn), one.ID.String()})
	}
	if d.JSON {
		return printJSON(t.stdout, views)
	}
	return printTable(t.stdout, []string{"OPERATOR", "ROLE", "CREATED", "LAST SIGN-IN", "ID"}, rows)
}

// printOperator shows one operator.
func (d directory) printOperator(t terminal, one store.Operator) error {
	if d.JSON {
		return printJSON(t.stdout, viewOperator(one))
	}
	return d.printOperators(t, []store.Operator{one})
}

type operatorCreate struct {
	inTenant `embed:""`
	Name     string `arg:"" help:"Name of the operator, such as an email address."`
	Role     string `required:"" enum:"owner,admin,helpdesk,auditor" help:"What the operator may do: owner, admin, helpdesk or auditor."`
	Issuer   string `help:"Issuer of the OpenID provider that knows the operator as the subject." placeholder:"URL"`
	Subject  string `help:"Who the operator is at the provider."`
}

// Run implements the verb.
func (c *operatorCreate) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, func(s store.Store, owner store.Tenant) error {
		draft := operator.Draft{Name: c.Name, Role: c.Role, Issuer: c.Issuer, Subject: c.Subject}
		made, err := operator.New(s, nil).Create(ctx, owner.ID, draft, audit(now()))
		if err != nil {
			return named("operator", c.Name, err)
		}
		return c.printOperator(t, made)
	})
}

type operatorList struct {
	inTenant `embed:""`
}

// Run implements the verb.
func (l *operatorList) Run(ctx context.Context, t terminal) error {
	return l.with(ctx, func(s store.Store, owner store.Tenant) error {
		list, err := operator.New(s, nil).List(ctx, owner.ID)
		if err != nil {
			return err
		}
		return l.printOperators(t, list)
	})
}

type operatorSet struct {
	inTenant `embed:""`
	Operator string  `arg:"" help:"Name of the operator."`
	Name     *string `help:"The new name."`
	Role     *string `help:"The new role: owner, admin, helpdesk or auditor."`
	Issuer   *string `help:"Issuer of the OpenID provider that knows the operator as the subject; empty for none." placeholder:"URL"`
	Subject  *string `help:"Who the operator is at the provider; empty for nobody."`
}

// Run implements the verb.
func (c *operatorSet) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, func(s store.Store, owner store.Tenant) error {
		service := operator.New(s, nil)
		found, err := service.Named(ctx, owner.ID, c.Operator)
		if err != nil {
			return named("operator", c.Operator, err)
		}
		change := operator.Change{Name: c.Name, Role: c.Role, Issuer: c.Issuer, Subject: c.Subject}
		changed, err := service.Update(ctx, owner.ID, found.ID, change.Apply, audit(now()))
		if err != nil {
			return named("operator", c.Operator, err)
		}
		return c.printOperator(t, changed)
	})
}

type operatorDelete struct {
	inTenant `embed:""`
	Operator string `arg:"" help:"Name of the operator."`
}

// Run implements the verb.
func (c *operatorDelete) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, func(s store.Store, owner store.Tenant) error {
		service := operator.New(s, nil)
		found, err := service.Named(ctx, owner.ID, c.Operator)
		if err != nil {
			return named("operator", c.Operator, err)
		}
		if err := service.Delete(ctx, owner.ID, found.ID, audit(now())); err != nil {
			return named("operator", c.Operator, err)
		}
		return c.printOperator(t, found)
	})
}

// consoleLink makes a link by which an operator signs in.
type consoleLink struct {
	inTenant          `embed:""`
	app.AddressConfig `embed:""`
	Operator          string `help:"Name of the operator; by default the owner that has been there for longest, who is made where there is none." placeholder:"NAME"`
}

// Run implements the verb.
func (c *consoleLink) Run(ctx context.Context, t terminal) error {
	base, err := c.BaseURL()
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return c.with(ctx, func(s store.Store, owner store.Tenant) error {
		service := operator.New(s, nil)
		who, err := c.whose(ctx, service, owner)
		if err != nil {
			return err
		}
		secret, expires, err := service.Link(ctx, who, audit(now()))
		if err != nil {
			return err
		}
		link := console.SignInURL(base, secret)
		if c.JSON {
			return printJSON(t.stdout, map[string]any{"link": link, "operator": who.Name, "expires": expires})
		}
		// Alone on standard output, so that a script can take it.
		_, err = fmt.Fprintln(t.stdout, link)
		return err
	})
}

// whose is the operator that the link is for.
func (c *consoleLink) whose(ctx context.Context, service *operator.Service, owner store.Tenant) (store.Operator, error) {
	if c.Operator == "" {
		return service.EnsureOwner(ctx, owner.ID, audit(now()))
	}
	found, err := service.Named(ctx, owner.ID, c.Operator)
	if err != nil {
		return found, named("operator", c.Operator, err)
	}
	return found, nil
}
