package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/validation"
	"rollcall/scim/profile"
	"rollcall/store"
)

// connection groups the verbs on connections.
type connection struct {
	Create connectionCreate `cmd:"" help:"Create a connection."`
	List   connectionList   `cmd:"" help:"List the connections of a tenant."`
	Set    connectionSet    `cmd:"" help:"Change the kind, the profile and the options of a connection."`
}

// connectionView is a connection as scripts see it.
type connectionView struct {
	ID     uuid.UUID `json:"id"`
	Tenant string    `json:"tenant"`
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	// Profile, Normalisations and Demands are what the options come to.
	Profile        string          `json:"profile"`
	Normalisations []string        `json:"normalisations"`
	Demands        []string        `json:"demands"`
	Options        json.RawMessage `json:"options"`
	Created        time.Time       `json:"created"`
}

func printConnections(t terminal, asJSON bool, tenant string, found ...store.Connection) error {
	views, rows := []connectionView{}, [][]string{}
	for _, c := range found {
		options := c.Options
		if len(options) == 0 {
			options = []byte("{}")
		}
		rules, err := profile.Of(c.Options)
		views = append(views, connectionView{
			ID: c.ID, Tenant: tenant, Name: c.Name, Kind: c.Kind, Options: options, Created: c.Created,
			Profile: rules.Name, Normalisations: rules.Allowed.Names(), Demands: rules.Demanded.Names(),
		})
		rows = append(rows, []string{c.Name, c.Kind, describe(rules, err), string(options), day(c.Created)})
	}
	if asJSON {
		return printJSON(t.stdout, views)
	}
	return printTable(t.stdout, []string{"CONNECTION", "KIND", "PROFILE", "OPTIONS", "CREATED"}, rows)
}

type connectionCreate struct {
	inTenant   `embed:""`
	Name       string `arg:"" help:"Name of the connection; for JWT access tokens the client id."`
	Kind       string `default:"generic" enum:"entra,okta,generic" help:"What sends the requests: entra, okta or generic. Users of the first two come by directory sync, of others by SCIM; --profile decides what is taken."`
	strictness `embed:""`
	Option     map[string]string `help:"Options; a value that is JSON is taken as such." placeholder:"NAME=VALUE"`
}

// AfterApply refuses names before the database is opened.
func (c *connectionCreate) AfterApply() error {
	if err := admin.CheckConnectionName(c.Name); err != nil {
		return err
	}
	return errors.Join(c.strictness.check(), checkOption(c.Option))
}

// Run implements the verb.
func (c *connectionCreate) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, func(s store.Store, owner store.Tenant) error {
		change, err := c.strictness.change(c.Kind, nil, c.Option, nil)
		if err != nil {
			return err
		}
		at := now()
		created, err := admin.NewConnection(owner.ID, c.Name, change, at)
		if err != nil {
			return err
		}
		if err := admin.CreateConnection(ctx, s, created, audit(at)); err != nil {
			return named("connection", c.Name, err)
		}
		return printConnections(t, c.JSON, owner.Name, created)
	})
}

type connectionList struct {
	inTenant `embed:""`
}

// Run implements the verb.
func (l *connectionList) Run(ctx context.Context, t terminal) error {
	return l.with(ctx, func(s store.Store, owner store.Tenant) error {
		found, err := s.Connections(ctx, owner.ID)
		if err != nil {
			return err
		}
		return printConnections(t, l.JSON, owner.Name, found...)
	})
}

type connectionSet struct {
	inTenant   `embed:""`
	Name       string `arg:"" help:"Name of the connection."`
	Kind       string `default:"" enum:",entra,okta,generic" help:"What sends the requests: entra, okta or generic. Users of the first two come by directory sync, of others by SCIM; --profile decides what is taken."`
	strictness `embed:""`
	Option     map[string]string `help:"Options to set; a value that is JSON is taken as such." placeholder:"NAME=VALUE"`
	Unset      []string          `help:"Options to remove." placeholder:"NAME"`
}

// AfterApply refuses names before the database is opened.
func (c *connectionSet) AfterApply() error {
	return errors.Join(c.strictness.check(), checkOption(c.Option))
}

// Run implements the verb.
func (c *connectionSet) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, func(s store.Store, owner store.Tenant) error {
		found, err := s.Connection(ctx, owner.ID, c.Name)
		if err != nil {
			return named("connection", c.Name, err)
		}
		changed := found
		change, err := c.strictness.change(c.Kind, found.Options, c.Option, c.Unset)
		if err == nil {
			err = change.Apply(&changed)
		}
		var wrong *validation.Error
		if errors.As(err, &wrong) {
			return validation.Errorf(wrong.Field, "%s; what is stored is taken away by --unset=NAME", wrong.Problem)
		}
		if err != nil {
			return err
		}
		if err := admin.UpdateConnection(ctx, s, found, changed, audit(now())); err != nil {
			return named("connection", c.Name, err)
		}
		return printConnections(t, c.JSON, owner.Name, changed)
	})
}

// change is what flags say of the options: the values that they set, those that
// they take away, and how strictly the connection is served.
func (s strictness) change(kind string, stored []byte, set map[string]string, unset []string) (admin.ConnectionChange, error) {
	change := admin.ConnectionChange{Kind: kind, Options: map[string]json.RawMessage{}}
	for name, value := range set {
		raw := []byte(value)
		if !json.Valid(raw) {
			quoted, err := json.Marshal(value)
			if err != nil {
				return change, err
			}
			raw = quoted
		}
		change.Options[name] = raw
	}
	for _, name := range unset {
		change.Options[name] = json.RawMessage("null")
	}
	return change, s.choose(stored, change.Options)
}
