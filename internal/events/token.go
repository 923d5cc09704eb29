package events

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rollcall/store"
)

// mint makes security event tokens for one receiver.
type mint struct {
	signer   *signer
	issuer   string
	audience string
	form     string
	now      func() time.Time
}

// tokenType is that of RFC 8417 section 2.3, without "application/".
const tokenType = "secevent+jwt"

// token renders an event (RFC 8417, RFC 9967). The subject is in sub_id; sub and
// exp are left out so that nobody takes the token for one that grants access.
func (m *mint) token(event store.OutboxRow) (string, error) {
	read, err := readContent(event.Payload)
	if err != nil {
		return "", err
	}
	uri, said := tokenEvent(event.Type, &read, m.form, event.At)
	subject := map[string]string{"format": "scim", "uri": read.uri}
	if read.externalID != "" {
		subject["externalId"] = read.externalID
	}
	if read.uri == "" {
		subject = map[string]string{"format": "opaque", "id": event.Subject.ID.String()} // it is no resource
	}
	return m.sign(jwt.MapClaims{
		"jti": EventID(event), "toe": event.At.Unix(), "txn": read.transaction(event), "sub_id": subject, "events": map[string]any{uri: said},
	})
}

// tokenOf renders the event of a delivery, which the outbox may have forgotten.
func (m *mint) tokenOf(d store.Delivery) (string, error) {
	if d.Event.Payload == nil {
		return "", errForgotten
	}
	return m.token(d.Event)
}

var errForgotten = errors.New("the event is no longer kept")

// verification is the token of a test (OpenID SSF 1.0 section 8.1.4.1).
func (m *mint) verification(id, receiver string) (string, error) {
	return m.sign(jwt.MapClaims{
		"jti": id, "sub_id": map[string]string{"format": "opaque", "id": receiver}, "events": map[string]any{verificationEvent: map[string]any{}},
	})
}

func (m *mint) sign(claims jwt.MapClaims) (string, error) {
	claims["iss"], claims["aud"], claims["iat"] = m.issuer, m.audience, m.now().Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["typ"], token.Header["kid"] = tokenType, m.signer.id
	return token.SignedString(m.signer.private)
}
