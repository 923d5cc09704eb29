package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"rollcall/scim/profile"
)

// tenantName is what can stand in a URL and in a host name.
var tenantName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CheckTenantName refuses what is no name of a tenant.
func CheckTenantName(name string) error {
	if !tenantName.MatchString(name) {
		return errors.New("the name of a tenant is up to 63 lower-case letters, digits and -, with no - at the ends")
	}
	return nil
}

// connectionName has room for the client ids that issuers put into a JWT.
var connectionName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@/|-]{0,127}$`)

// CheckConnectionName refuses what is no name of a connection.
func CheckConnectionName(name string) error {
	if !connectionName.MatchString(name) {
		return errors.New("the name of a connection is up to 128 letters, digits and . _ : @ / | -, beginning with a letter or digit")
	}
	return nil
}

// Kinds are the kinds of connections.
func Kinds() []string { return []string{"generic", "entra", "okta"} }

// CheckKind refuses what is no kind of a connection.
func CheckKind(kind string) error {
	if !slices.Contains(Kinds(), kind) {
		return errors.New("the kind of a connection is one of generic, entra, okta")
	}
	return nil
}

// MergeOptions sets some of the options of a connection; null takes one away.
func MergeOptions(stored []byte, changes map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	options := map[string]json.RawMessage{}
	if len(stored) > 0 {
		if err := json.Unmarshal(stored, &options); err != nil {
			return nil, fmt.Errorf("stored options: %w", err)
		}
	}
	for name, value := range changes {
		if string(value) == "null" {
			delete(options, name)
			continue
		}
		options[name] = value
	}
	return options, nil
}

// CheckOptions refuses options that would not be understood.
func CheckOptions(options []byte) error {
	_, err := profile.Of(options)
	return err
}
