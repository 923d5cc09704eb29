package events

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/store"
)

// Forms of events: with the content of the resource, or with the names of what
// changed alone.
const (
	FormFull   = "full"
	FormNotice = "notice"
)

// Purposes of secrets.
const (
	purposeSignature = "signature"
	purposeBearer    = "bearer"
)

// settings are the options of a receiver that the store does not look at.
type settings struct {
	Form     string `json:"form,omitempty"`
	Audience string `json:"audience,omitempty"`
	// Connection is the one that may poll, zero for all.
	Connection uuid.UUID `json:"connection,omitzero"`
}

func readSettings(document []byte) (settings, error) {
	var read settings
	err := json.Unmarshal(document, &read)
	return read, err
}

// valid are the values of secrets that have not expired, oldest first.
func valid(secrets []store.ReceiverSecret, purpose string, now time.Time) [][]byte {
	var values [][]byte
	for _, secret := range secrets {
		if secret.Purpose == purpose && (secret.Expires.IsZero() || secret.Expires.After(now)) {
			values = append(values, secret.Value)
		}
	}
	return values
}
