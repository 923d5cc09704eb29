package console

import (
	"encoding/json"

	"rollcall/scim/schema"
	"rollcall/store"
)

// userProfile is what the overview shows of a living user beside how it stands.
type userProfile struct {
	profile
	notes

	ExternalID string
	// Roles are the first roles, MoreRoles how many there are beside those.
	Roles     []userRole
	MoreRoles int
	// ContactPath is the page of the contact, where that is a user.
	ContactPath string
}

// userProfile reads it; nil for a user that is gone.
func (c *call) userProfile(view *accountView) (*userProfile, error) {
	if view.UserName == "" || view.Deprovisioned != nil {
		return nil, nil //nolint:nilnil // who is gone has no profile
	}
	stored, err := c.readUser()
	if err != nil {
		return nil, err
	}
	out := &userProfile{profile: stored.profile, notes: stored.notes, ExternalID: stored.externalID}
	roles, more := inLine(view.found.Roles)
	out.Roles, out.MoreRoles = view.rolesOf(roles), more
	if id, ok := store.ParseID(stored.Contact); ok {
		out.ContactPath = "/users/" + id.String()
	}
	return out, nil
}

// storedUser is what is stored of a user.
type storedUser struct {
	profile
	notes

	externalID string
	// tag is its version, schema its type.
	tag    string
	schema *schema.ResourceType
	id     string
}

// parse reads it from its JSON.
func (u *storedUser) parse(text []byte) error {
	var stored struct {
		UserName, DisplayName, Title, ExternalID string
		Name                                     struct{ GivenName, FamilyName string }
		Emails, Roles                            []valued
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	extension, err := extensionIn(text)
	if err != nil {
		return err
	}
	u.externalID = stored.ExternalID
	u.profile = profile{
		stored.UserName, stored.DisplayName, stored.Name.GivenName, stored.Name.FamilyName, first(stored.Emails), stored.Title, first(stored.Roles),
	}
	u.notes, err = storedNotes(extension)
	return err
}
