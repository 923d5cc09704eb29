package auth

import "testing"

// TestScopeOfIPSIE: the scope of the IPSIE profiles opens SCIM.
func TestScopeOfIPSIE(t *testing.T) {
	t.Parallel()
	s, c, key := newFakeStore(), newClock(), ecSigner(t, "e")
	a := newAuthenticator(t, Options{Store: s, Now: c.Now, JWT: &JWTOptions{
		Issuer: issuer, Audience: []string{audience}, Keys: writeFile(t, keySetOf(t, key)),
	}})
	for claim, want := range map[string]Scopes{
		"scim": ScopesOf(ScopeSCIMRead, ScopeSCIMWrite), "openid scim events:read": ScopesOf(ScopeSCIMRead, ScopeSCIMWrite, ScopeEventsRead),
		"SCIM": 0, "scim.read": 0,
	} {
		t.Run("scope "+claim, func(t *testing.T) {
			identity, err := a.Authenticate(t.Context(), "Bearer "+key.sign(t, nil, goodClaims(c.Now(), map[string]any{"scope": claim})))
			if err != nil || identity.Scopes != want {
				t.Errorf("%q: %v, %v", claim, identity, err)
			}
		})
	}
}
