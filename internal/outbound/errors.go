package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"syscall"
)

var (
	errInvalidURL = errors.New("the URL is not valid")

	// ErrTimeout says that no answer came in time.
	ErrTimeout = errors.New("no answer in time")

	errName        = errors.New("the host name cannot be resolved")
	errRefused     = errors.New("the connection was refused")
	errCertificate = errors.New("the certificate is not accepted")
	errTLS         = errors.New("no TLS connection came about")
	errConnection  = errors.New("the connection failed")
	errCanceled    = errors.New("the call was broken off")
)

// plainError keeps the kind of an error. Its text would hold the URL, which may
// be a secret, or addresses of the network that the server is in.
func plainError(err error) error {
	var name *net.DNSError
	var timeout net.Error
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.Is(err, ErrForbidden):
		return ErrForbidden
	case errors.Is(err, context.Canceled):
		return errCanceled
	case errors.As(err, &name) && !name.IsTimeout:
		return errName
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return ErrTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return errRefused
	case untrusted(err):
		return errCertificate
	case errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return errTLS
	}
	return errConnection
}

func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// Canceled reports whether a call ended because its context did.
func Canceled(err error) bool { return errors.Is(err, errCanceled) }
