package console

import (
	"net/url"

	"rollcall/internal/validation"
)

// owners say of fields of a profile whose they are, where that is a connection:
// such a field is changed there, and not here.
type owners map[string]string

// owners are those of the profile of an account. All of it but the role is its
// connection's; a role is whose who gave it.
func (v *accountView) owners(stored *profile) owners {
	of := owners{}
	for _, field := range profileFields {
		if v.owner != "" && field.Name != "role" {
			of[field.Name] = v.owner
		}
	}
	for _, role := range v.found.Roles {
		if giver := v.names.giver(role); giver != "" && role.Value == stored.Role {
			of["role"] = giver
		}
	}
	return of
}

// keep puts what others own as it is stored. A *validation.Error where the form
// says otherwise.
func (o owners) keep(sent url.Values, before, after *profile) error {
	for i := range profileFields {
		field := &profileFields[i]
		owner, owned := o[field.Name]
		if !owned {
			continue
		}
		was, is := field.of(before), field.of(after)
		if sent.Has(field.Name) && *is != typed(*was) {
			return validation.Errorf(field.Title, "belongs to %s: change it there", owner)
		}
		*is = *was
	}
	return nil
}
