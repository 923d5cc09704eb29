package async

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/store"
)

// Request is what is kept of a request until it has been carried out. It is
// sealed, because a body may hold passwords.
type Request struct {
	// Method is POST, PUT, PATCH or DELETE.
	Method string `json:"method"`
	// Type is the name of the resource type, empty for a bulk request; ID is
	// that of the resource, empty for POST.
	Type string `json:"type,omitempty"`
	ID   string `json:"id,omitempty"`
	// Match is the value of If-Match.
	Match string    `json:"match,omitempty"`
	View  scim.View `json:"view,omitzero"`
	// Base is the absolute root of the URIs in the answer.
	Base string `json:"base"`
	// MayLifecycle and MayRoles are what the token allowed that the request came
	// with.
	MayLifecycle bool `json:"mayLifecycle,omitempty"`
	MayRoles     bool `json:"mayRoles,omitempty"`
	// Subject is the user that the token acted for; zero for none.
	Subject uuid.UUID `json:"subject"`
	// Seed is what ids of new resources follow from.
	Seed []byte `json:"seed"`
	// Body is as it was sent.
	Body []byte `json:"-"`
}

func (r *Request) bulk() bool { return r.Type == "" }

// seedSize makes ids that nobody can foresee.
const seedSize = 16

// close encodes and seals a request for one job. The body follows the rest
// behind a line end, byte by byte.
func (r *Request) close(ctx context.Context, seal *scim.Seal, job *store.Job) ([]byte, error) {
	r.Seed = make([]byte, seedSize)
	_, _ = rand.Read(r.Seed)
	plain, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	plain = append(append(plain, '\n'), r.Body...)
	return seal.Close(ctx, plain, binding(job))
}

var errUnreadable = errors.New("the request that was kept cannot be read")

// open reads what close wrote.
func open(ctx context.Context, seal *scim.Seal, job *store.Job, input []byte) (*Request, error) {
	plain, ok, err := seal.Open(ctx, input, binding(job))
	if err != nil {
		return nil, err
	}
	head, body, found := bytes.Cut(plain, []byte{'\n'})
	if !ok || !found {
		return nil, errUnreadable
	}
	request := &Request{Body: body}
	if err := json.Unmarshal(head, request); err != nil {
		return nil, errUnreadable // the error might quote the request
	}
	return request, nil
}

// binding ties a sealed request to its job.
func binding(job *store.Job) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(job.Tenant)), job.ID[:]...)
}
