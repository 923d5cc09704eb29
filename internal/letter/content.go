package letter

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/go-json-experiment/json"

	"rollcall/scim"
	"rollcall/store"
)

// content is what a job is about; one member is set. It is sealed because it
// holds addresses and what opens an account.
type content struct {
	Letter *scim.Letter `json:"letter,omitempty"`
	Alert  *alert       `json:"alert,omitempty"`
	// Forgotten is what somebody gave who has forgotten a password.
	Forgotten *string `json:"forgotten,omitempty"`
}

// close seals content for one job.
func (s *Service) close(ctx context.Context, job *store.Job, of content) ([]byte, error) {
	plain, err := json.Marshal(of)
	if err != nil {
		return nil, errUnreadable // the error might quote it
	}
	return s.seal.Close(ctx, plain, binding(job))
}

var errUnreadable = errors.New("what was kept of a letter cannot be read")

// open reads what close wrote.
func (s *Service) open(ctx context.Context, job *store.Job, input []byte) (content, error) {
	var of content
	plain, ok, err := s.seal.Open(ctx, input, binding(job))
	if err != nil {
		return of, err
	}
	if !ok || json.Unmarshal(plain, &of) != nil {
		return content{}, errUnreadable
	}
	return of, nil
}

// binding ties what is sealed to its job.
func binding(job *store.Job) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(job.Tenant)), job.ID[:]...)
}

// Post implements scim.Post.
func (s *Service) Post(ctx context.Context, c *scim.Caller, letter scim.Letter) (store.NewJob, error) {
	return s.keep(ctx, c, kindMail, content{Letter: &letter})
}

func (s *Service) keep(ctx context.Context, c *scim.Caller, kind string, of content) (store.NewJob, error) {
	job, err := s.newJob(c, kind)
	if err != nil {
		return store.NewJob{}, err
	}
	input, err := s.close(ctx, &job, of)
	return store.NewJob{Job: job, Input: input}, err
}
