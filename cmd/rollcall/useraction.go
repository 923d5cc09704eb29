package main

import (
	"context"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/letter"
	"rollcall/scim"
)

// onUser is ofUser for verbs that change the account.
type onUser struct {
	ofUser `embed:""`
	Reason string `help:"Why, for the audit trail." placeholder:"WORDS"`
	DryRun bool   `help:"Say what would happen, and change nothing."`

	// root is under which links are.
	root string
}

// linking is for verbs that make a link.
type linking struct {
	PublicURL string `help:"Base URL under which people reach the server, as that is started with; without it a link is the path on the server."`
}

func (l linking) base() string { return strings.TrimRight(l.PublicURL, "/") }

// act carries an action out and prints what became of it.
func (o onUser) act(ctx context.Context, t terminal, name string, request admin.Request) error {
	action, _ := admin.Lookup(name)
	return o.with(ctx, func(a *account) error {
		request.Reason, request.By = o.Reason, a.caller.Kind+":"+a.caller.ID
		order, err := action.Order(a.id, request, scim.Precondition{}, o.DryRun)
		if err != nil {
			return err
		}
		done, err := a.provider.Carry(ctx, a.caller, order)
		if err != nil {
			return o.worded(name, err)
		}
		view := admin.ViewOutcome(name, o.DryRun, done, func(kind, secret string) string { return letter.Link(o.root, a.tenant.Name, kind, secret) })
		if o.JSON {
			return printJSON(t.stdout, view)
		}
		return printOutcome(t.stdout, o.User, view)
	})
}

// ending is for what ends by itself.
type ending struct {
	Until string `help:"When it ends by itself: a number of days such as 90d, a duration such as 12h, or a time such as 2030-01-31T00:00:00Z; by default never." placeholder:"WHEN"`
}

// AfterApply refuses times before the database is opened.
func (e *ending) AfterApply() error {
	_, err := admin.When("until", e.Until, now())
	return err
}

func (e *ending) request() (admin.Request, error) {
	until, err := admin.When("until", e.Until, now())
	return admin.Request{Until: until}, err
}

// of names whose suspension is meant.
type of struct {
	Source string `help:"Whose suspension, as explain --json names it; by default the one there is." placeholder:"SOURCE"`
}

type (
	userActivate struct {
		onUser `embed:""`
	}
	userApprove struct {
		onUser `embed:""`
	}
	userUnlock struct {
		onUser `embed:""`
	}
	userResetAttempts struct {
		onUser `embed:""`
	}
	userResetPassword struct {
		onUser  `embed:""`
		linking `embed:""`
	}
	userDeprovision struct {
		onUser `embed:""`
	}
	userRestore struct {
		onUser `embed:""`
	}
	userSuspend struct {
		onUser `embed:""`
		ending `embed:""`
	}
	userLock struct {
		onUser `embed:""`
		ending `embed:""`
	}
	userOverride struct {
		onUser `embed:""`
		of     `embed:""`
	}
	userTakeOver struct {
		onUser `embed:""`
		of     `embed:""`
	}
	userInvite struct {
		onUser   `embed:""`
		linking  `embed:""`
		Approval bool `help:"Let it wait for an approval, too, whatever the policy of the tenant says."`
	}
	userPurge struct {
		onUser  `embed:""`
		Confirm string `help:"The userName or the id of the account once more; without it nothing is erased." placeholder:"ID|USERNAME"`
	}
)

// Run implements the verb.
func (v *userActivate) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "activate", admin.Request{})
}

// Run implements the verb.
func (v *userApprove) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "approve", admin.Request{})
}

// Run implements the verb.
func (v *userUnlock) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "unlock", admin.Request{})
}

// Run implements the verb.
func (v *userResetAttempts) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "reset-attempts", admin.Request{})
}

// Run implements the verb.
func (v *userResetPassword) Run(ctx context.Context, t terminal) error {
	v.root = v.base()
	return v.act(ctx, t, "reset-password", admin.Request{})
}

// Run implements the verb.
func (v *userDeprovision) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "deprovision", admin.Request{})
}

// Run implements the verb.
func (v *userRestore) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "restore", admin.Request{})
}

// Run implements the verb.
func (v *userSuspend) Run(ctx context.Context, t terminal) error {
	request, err := v.request()
	if err != nil {
		return err
	}
	return v.act(ctx, t, "suspend", request)
}

// Run implements the verb.
func (v *userLock) Run(ctx context.Context, t terminal) error {
	request, err := v.request()
	if err != nil {
		return err
	}
	return v.act(ctx, t, "lock", request)
}

// Run implements the verb.
func (v *userOverride) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "override", admin.Request{Source: v.Source})
}

// Run implements the verb.
func (v *userTakeOver) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "take-over", admin.Request{Source: v.Source})
}

// Run implements the verb.
func (v *userInvite) Run(ctx context.Context, t terminal) error {
	v.root = v.base()
	return v.act(ctx, t, "invite", admin.Request{Approval: v.Approval})
}

// Run implements the verb.
func (v *userPurge) Run(ctx context.Context, t terminal) error {
	return v.act(ctx, t, "purge", admin.Request{Confirm: v.Confirm})
}
