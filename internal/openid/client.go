package openid

import (
	"errors"
	"io"
	"net/http"
	"time"

	"rollcall/internal/auth"
)

const (
	// callTimeout bounds one call of the provider.
	callTimeout = 10 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 1 << 20
)

// newClient calls the provider. Who runs the server has chosen it, so that it may
// be in the network of the server, and behind the proxy of the environment.
func newClient() *http.Client {
	return &http.Client{
		Timeout: callTimeout, Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(request *http.Request, via []*http.Request) error {
			switch {
			case request.Method != http.MethodGet || via[0].Method != http.MethodGet:
				// A code and a secret go where they were meant to go.
				return http.ErrUseLastResponse
			case len(via) >= 3:
				return errors.New("too many redirects")
			}
			return auth.CheckSource(request.URL)
		},
	}
}

// bounded reads bounded answers.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Body = &body{io.LimitedReader{R: response.Body, N: maxAnswer}, response.Body}
	return response, nil
}

// body is an answer that fails where it is too long: a part of it means nothing.
type body struct {
	io.LimitedReader
	io.Closer
}

// Read implements io.Reader.
func (b *body) Read(into []byte) (int, error) {
	if b.N <= 0 {
		return 0, errors.New("the answer is too long")
	}
	return b.LimitedReader.Read(into)
}
