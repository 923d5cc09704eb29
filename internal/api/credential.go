package api

import (
	"net/http"

	"rollcall/internal/auth"
	"rollcall/scim"
)

func (f *face) credentialRoutes(r *routes) {
	r.add(http.MethodPost, "/credentials/verify", auth.ScopeCredentialsVerify, (*call).verify)
}

// verification is the answer to a check of a credential. It says no more than
// yes or no.
type verification struct {
	Verified bool   `json:"verified"`
	ID       string `json:"id,omitzero"`
	UserName string `json:"userName,omitzero"`
}

// verify checks a password and notes the sign-in. What is wrong with the
// account or the password is not told.
func (c *call) verify() error {
	var body struct {
		UserName    string `json:"userName"`
		Password    string `json:"password"`
		Application string `json:"application"`
		Address     string `json:"address"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	for field, value := range map[string]string{"userName": body.UserName, "password": body.Password} {
		if value == "" {
			return invalid(field, "is required")
		}
	}
	if body.Application == "" {
		body.Application = c.identity.Connection.Name
	}
	found, err := c.face.Provider.VerifyCredential(c.Request().Context(), c.application(), body.UserName, body.Password,
		scim.SignIn{Application: body.Application, Address: body.Address})
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, verification(*found))
}
