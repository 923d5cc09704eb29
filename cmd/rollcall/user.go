package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/app"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// user groups the verbs on the accounts of users.
type user struct {
	Explain       userExplain       `cmd:"" help:"Say how an account stands, why, and what can be done."`
	History       userHistory       `cmd:"" help:"List what was done to an account, newest first."`
	Activate      userActivate      `cmd:"" help:"Make an account usable: lift the administrators' suspension, approve it, enroll it."`
	Approve       userApprove       `cmd:"" help:"Give the approval that an account waits for; deprovision one that does not get it."`
	Suspend       userSuspend       `cmd:"" help:"Suspend an account in the name of the administrators."`
	Override      userOverride      `cmd:"" help:"Lift the suspension of another source."`
	TakeOver      userTakeOver      `cmd:"" help:"Make the suspension of another source the administrators' own."`
	Lock          userLock          `cmd:"" help:"Lock an account: its owner cannot sign in."`
	Unlock        userUnlock        `cmd:"" help:"Lift a lock."`
	ResetAttempts userResetAttempts `cmd:"" help:"Forget failed sign-ins, and the lock that they led to."`
	ResetPassword userResetPassword `cmd:"" help:"Make a link by which the owner sets a new password."`
	Invite        userInvite        `cmd:"" help:"Make a link by which the owner takes the account over."`
	Deprovision   userDeprovision   `cmd:"" help:"Delete an account; it can be restored until it is purged."`
	Restore       userRestore       `cmd:"" help:"Bring a deprovisioned account back, suspended."`
	Purge         userPurge         `cmd:"" help:"Erase a deprovisioned account for good."`
}

// ofUser is inTenant for verbs that are about one account.
type ofUser struct {
	inTenant          `embed:""`
	app.SchemasConfig `embed:""`
	User              string `arg:"" help:"Id or userName of the account; deprovisioned ones are found, too."`
}

// account is what a verb works on.
type account struct {
	store    store.Store
	tenant   store.Tenant
	provider *scim.Provider
	caller   *scim.Caller
	id       string
}

func (o ofUser) with(ctx context.Context, verb func(*account) error) error {
	return o.inTenant.with(ctx, func(s store.Store, owner store.Tenant) error {
		provider, err := app.ProviderOf(ctx, s, o.SchemasConfig)
		if err != nil {
			return err
		}
		by := audit(now())
		caller := scim.AdministratorCaller(owner.ID, scim.KindCommand, by.ActorID, by.RequestID)
		id, err := provider.FindAccount(ctx, caller, o.User)
		if err != nil {
			return o.worded("find", err)
		}
		return verb(&account{s, owner, provider, caller, id.String()})
	})
}

// worded says why a verb is refused.
func (o ofUser) worded(action string, err error) error {
	var refused *lifecycle.Refusal
	if errors.As(err, &refused) {
		return errors.New(admin.Refused(action, refused))
	}
	if told, ok := fault.As(err); ok && !errors.Is(err, store.ErrUnavailable) {
		return fmt.Errorf("user %q: %s", o.User, told.Detail)
	}
	return named("user", o.User, err)
}

// sources are the names of what suspends.
func (a *account) sources(ctx context.Context) (admin.Sources, error) {
	connections, err := a.store.Connections(ctx, a.tenant.ID)
	return admin.SourcesOf(connections), err
}

type userExplain struct {
	ofUser `embed:""`
}

// Run implements the verb.
func (e *userExplain) Run(ctx context.Context, t terminal) error {
	return e.with(ctx, func(a *account) error {
		found, err := a.provider.Explain(ctx, a.caller, a.id)
		if err != nil {
			return e.worded("explain", err)
		}
		sources, err := a.sources(ctx)
		if err != nil {
			return err
		}
		view := admin.ViewAccount(found, sources)
		if e.JSON {
			return printJSON(t.stdout, view)
		}
		return printAccount(t.stdout, view)
	})
}

func printAccount(w io.Writer, v *admin.AccountView) error {
	rows := [][]string{
		{"USER", strings.TrimSpace(v.UserName + " " + v.ID)},
		{"STATUS", v.Status},
		{"WHY", v.Explanation},
		{"SINCE", day(v.StatusChanged)},
		{"LAST LOGIN", day(v.LastLogin)},
	}
	if v.Stale {
		rows = append(rows, []string{"STALE", "nobody has used it for long"})
	}
	for _, s := range v.Suspensions {
		rows = append(rows, []string{"SUSPENDED BY", fmt.Sprintf("%s since %s until %s: %s", s.SourceName, day(s.Since), day(s.Until), s.Reason)})
	}
	for _, timer := range v.Timers {
		rows = append(rows, []string{"TIMER", timer.Kind + " " + day(timer.Due)})
	}
	for _, group := range v.Groups {
		rows = append(rows, []string{"GROUP", strings.TrimSpace(group.DisplayName + " " + group.ID)})
	}
	rows = append(rows, []string{"POSSIBLE", strings.Join(v.Allowed, ", ")})
	return printTable(w, rows[0], rows[1:])
}
