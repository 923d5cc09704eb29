package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// foundUser is the user that a row is about, as decoded from its JSON; no id for
// nobody.
type foundUser struct {
	id, etag string
	user     map[string]any
}

// severalError says that a row could be about several users.
type severalError struct{ by string }

func (e *severalError) Error() string { return "several users have this " + e.by }

// found looks for the living user with a value.
func (s *Service) found(ctx context.Context, c *scim.Caller, by, value string) (foundUser, error) {
	if value == "" {
		return foundUser{}, nil
	}
	t, err := s.userType()
	if err != nil {
		return foundUser{}, err
	}
	two := 2
	list, err := s.Provider.Query(ctx, c, []*schema.ResourceType{t}, scim.Search{Filter: by + " eq " + filter.Quote(value), HasFilter: true, Count: &two})
	if err != nil {
		return foundUser{}, err
	}
	users, err := scim.Decoded(ctx, list)
	switch {
	case err != nil || len(users) == 0:
		return foundUser{}, err
	case len(users) > 1:
		return foundUser{}, &severalError{by}
	}
	return foundIn(users[0]), nil
}

func foundIn(user map[string]any) foundUser {
	id, _ := user["id"].(string)
	meta, _ := user["meta"].(map[string]any)
	etag, _ := meta["version"].(string)
	return foundUser{id, etag, user}
}

// resource is a living user as decoded from its JSON.
func (s *Service) resource(ctx context.Context, c *scim.Caller, id uuid.UUID) (foundUser, error) {
	t, err := s.userType()
	if err != nil {
		return foundUser{}, err
	}
	found, err := s.Provider.Get(ctx, c, t, id.String(), scim.View{})
	if err != nil {
		return foundUser{}, err
	}
	var text bytes.Buffer
	if err := found.WriteTo(ctx, &text); err != nil {
		return foundUser{}, err
	}
	var user map[string]any
	err = json.Unmarshal(text.Bytes(), &user)
	return foundUser{id.String(), found.ETag(), user}, err
}

// userType is the resource type of users.
func (s *Service) userType() (*schema.ResourceType, error) {
	t, ok := s.Provider.Types().Type(scim.UserType)
	if !ok {
		return nil, errors.New("there is no resource type User")
	}
	return t, nil
}
