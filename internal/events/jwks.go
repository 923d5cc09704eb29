package events

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/store"
)

// jwk is a public key (RFC 7517, RFC 7518 section 6.2.1).
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
}

// KeySet returns the JWKS document with the keys that sign, signed or will sign
// the tokens of this server.
func (s *Service) KeySet(ctx context.Context) ([]byte, error) {
	keys, err := s.keys.list(ctx)
	if err != nil {
		return nil, err
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for i := range keys {
		if retired := keys[i].Retired; !retired.IsZero() && !retired.After(s.now()) {
			continue
		}
		// 0x04, then both coordinates at full length (SEC 1 section 2.3.3).
		point, err := keys[i].private.PublicKey.Bytes()
		if err != nil {
			return nil, err
		}
		half := (len(point) - 1) / 2
		set.Keys = append(set.Keys, jwk{
			Kty: "EC", Crv: "P-256", Use: "sig", Alg: "ES256", Kid: keys[i].ID.String(),
			X: base64.RawURLEncoding.EncodeToString(point[1 : 1+half]), Y: base64.RawURLEncoding.EncodeToString(point[1+half:]),
		})
	}
	return json.Marshal(set)
}

// RotateSigningKey makes a new key, which is published at once and signs an hour
// later, and returns its id and when it begins. The keys before it stay published
// for two days more. The audit row names who asked, in that tenant.
func (s *Service) RotateSigningKey(ctx context.Context, by store.TenantID, audit store.Audit) (id uuid.UUID, active time.Time, err error) {
	now := s.now()
	fresh, err := newKey(now, now.Add(leadOfKey))
	if err != nil {
		return uuid.Nil, time.Time{}, err
	}
	audit.Action = "signingKey.rotate"
	if audit.Changes, err = json.Marshal(map[string][2]any{"active": {nil, fresh.Active}}); err != nil {
		return uuid.Nil, time.Time{}, err
	}
	if err := s.store.RotateSigningKey(ctx, fresh, fresh.Active.Add(overlapOfKeys), by, audit); err != nil {
		return uuid.Nil, time.Time{}, err
	}
	s.keys.forget()
	return fresh.ID, fresh.Active, nil
}
