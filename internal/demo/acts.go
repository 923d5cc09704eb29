package demo

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/schema"
)

// What happens, by the use cases of the provider; nothing here knows a store.

// request is what an action of an operator is asked for with.
type request = admin.Request

// act lets an operator do something to an account. The service desk does what it
// may.
func (s *story) act(p *person, when time.Time, name, reason string, more func(*request)) {
	s.at(when, name+" "+p.userName, func(ctx context.Context) error {
		caller := s.operator()
		r := request{Reason: reason, By: caller.Kind + ":" + caller.ID}
		if more != nil {
			more(&r)
		}
		action, ok := admin.Lookup(name)
		if !ok {
			return errNoAction
		}
		order, err := action.Order(p.id, r, scim.Precondition{}, false)
		if err != nil {
			return err
		}
		_, err = s.provider.Carry(ctx, caller, order)
		return err
	})
}

// operator is one of those who change accounts.
func (w *world) operator() *scim.Caller {
	return scim.AdministratorCaller(w.tenant.ID, scim.KindOperator, w.operators[w.chance.IntN(len(w.operators))], w.requestID())
}

// connection is what provisions somebody.
func (w *world) connection(p *person) *scim.Caller { return w.as(p.source) }

// owner is who made a group.
func (w *world) owner(t *team) *scim.Caller { return w.as(t.source) }

func (w *world) as(source int) *scim.Caller {
	if source < 0 {
		return w.operator()
	}
	caller := scim.ConnectionCaller(&w.connections[source])
	caller.RequestID, caller.Leniency = w.requestID(), &schema.Leniency{}
	return caller
}

func (w *world) requestID() string {
	id, err := uuid.NewRandomFromReader(w.bytes)
	if err != nil {
		panic(err) // the source of chance never ends
	}
	return id.String()
}

// provision lets a connection make an account.
func (s *story) provision(ctx context.Context, p *person, doc object) error {
	made, err := s.provider.Create(ctx, s.connection(p), s.users, strings.NewReader(encode(p.led(doc))), scim.View{})
	if err == nil {
		p.id = made.ID()
	}
	return err
}

// enter lets an operator make one.
func (s *story) enter(ctx context.Context, p *person, doc object, entry lifecycle.Command) error {
	made, err := s.provider.Enter(ctx, s.operator(), strings.NewReader(encode(p.led(doc))), entry)
	if err != nil {
		return err
	}
	p.id = made.ID
	for _, letter := range made.Letters {
		p.invitation = letter.Secret
	}
	return nil
}

// led is a document with the manager, who may have come meanwhile.
func (p *person) led(doc object) object {
	if extension, ok := doc[schema.EnterpriseURN].(object); ok && p.manager != nil && p.manager.id != "" {
		extension["manager"] = object{"value": p.manager.id}
	}
	return doc
}

// accept follows an invitation with a password that nobody learns.
func (s *story) accept(ctx context.Context, p *person) error {
	caller := &scim.Caller{Tenant: s.tenant.ID, Kind: scim.KindUser, ID: p.id, RequestID: s.requestID()}
	_, err := s.provider.FollowLink(ctx, caller, scim.LetterInvite, p.invitation, uuid.NewString())
	return err
}

// note lets an operator write into the lifecycle extension.
func (s *story) note(ctx context.Context, p *person, notes object) error {
	return s.patch(ctx, s.operator(), p.id, []object{{"op": "add", "value": object{schema.LifecycleURN: notes}}})
}

// activate says over SCIM whether an account is to be active.
func (s *story) activate(ctx context.Context, p *person, active bool) error {
	return s.patch(ctx, s.connection(p), p.id, []object{{"op": "replace", "path": "active", "value": active}})
}

// patch changes a user or group, by what its id is of.
func (s *story) patch(ctx context.Context, caller *scim.Caller, id string, operations []object) error {
	t := s.users
	if s.groupIDs[id] {
		t = s.groups
	}
	body := encode(object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations})
	_, err := s.provider.Patch(ctx, caller, t, id, scim.Precondition{}, strings.NewReader(body), scim.View{})
	return err
}

// remove deletes over SCIM.
func (s *story) remove(ctx context.Context, p *person) error {
	return s.provider.Delete(ctx, s.connection(p), s.users, p.id, scim.Precondition{})
}

// gather makes a group.
func (s *story) gather(ctx context.Context, t *team) error {
	made, err := s.provider.Create(ctx, s.owner(t), s.groups, strings.NewReader(encode(t.document())), scim.View{})
	if err == nil {
		t.id = made.ID()
		s.groupIDs[t.id] = true
	}
	return err
}

// signIn is reported by an application.
func (s *story) signIn(p *person, when time.Time, succeeded bool, application, address string) {
	s.at(when, "a sign-in of "+p.userName, func(ctx context.Context) error {
		report := scim.SignIn{User: p.id, Succeeded: succeeded, Application: application, Address: address}
		if !succeeded {
			report.Detail = "wrong password"
		}
		_, err := s.provider.ReportSignIn(ctx, s.as(0), report)
		return err
	})
}

func (s *story) useToken(ctx context.Context, p *person) error {
	id, err := uuid.Parse(p.id)
	if err != nil {
		return err
	}
	return s.provider.UseToken(ctx, s.tenant.ID, id, s.clock())
}

// due does what is due by itself.
func (w *world) due(ctx context.Context) error {
	for {
		more, err := w.provider.FireDue(ctx, w.stuck)
		if err != nil || !more {
			return err
		}
	}
}
