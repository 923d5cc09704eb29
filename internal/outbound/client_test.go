package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestPermits(t *testing.T) {
	t.Parallel()
	safe := NewClient(Options{})
	for address, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700::1111": true, "172.32.0.1": true,
		"127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "172.16.0.1": false,
		"192.168.1.1": false, "100.64.0.1": false, "169.254.169.254": false, "192.0.0.192": false, "198.18.0.1": false,
		"224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false, "192.0.2.1": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true, "::127.0.0.1": false, "::8.8.8.8": false,
		"64:ff9b::7f00:1": false, "64:ff9b::808:808": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false,
		"2606:4700::1111%eth0": false,
	} {
		if got := safe.permits(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	inner := NewClient(Options{Allowed: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for address, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "192.168.1.1": false, "127.0.0.1": false} {
		if got := inner.permits(netip.MustParseAddr(address)); got != want {
			t.Errorf("with 10.0.0.0/8 allowed, %s: %v, want %v", address, got, want)
		}
	}
	if safe.permits(netip.Addr{}) {
		t.Error("the zero address is permitted")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	safe, loose := NewClient(Options{}), NewClient(Options{Plain: true})
	for target, want := range map[string]bool{
		"https://example.com/hook?x=1": true, "https://example.com:8443": true, "https://8.8.8.8/": true,
		"http://example.com": false, "ftp://example.com": false, "//example.com": false, "example.com": false, "": false, "https://": false,
		"https://:443/": false, "https://u:p@example.com": false, "https://example.com/#x": false, "https://10.0.0.1/": false,
		"https://[::1]/": false, "https://[::ffff:7f00:1]/": false, "https://exa mple.com": false, "https://example.com/%zz": false,
	} {
		if _, err := safe.Check(target); (err == nil) != want {
			t.Errorf("Check(%q): %v", target, err)
		}
	}
	if _, err := loose.Check("http://example.com"); err != nil {
		t.Error(err)
	}
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func local(timeout time.Duration) *Client {
	return NewClient(Options{Allowed: loopback, Plain: true, Timeout: timeout})
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestNamesAreCheckedWhenCalled(t *testing.T) {
	t.Parallel()
	called := make(chan struct{}, 1)
	address := serve(t, func(http.ResponseWriter, *http.Request) { called <- struct{}{} })
	target := strings.Replace(address, "127.0.0.1", "localhost", 1)
	if _, err := NewClient(Options{Plain: true}).Post(t.Context(), target, http.Header{}, nil); !errors.Is(err, ErrForbidden) {
		t.Errorf("a name for 127.0.0.1: %v", err)
	}
	if len(called) != 0 {
		t.Error("the server was called")
	}
	if answer, err := local(0).Post(t.Context(), target, http.Header{}, nil); err != nil || answer.Status != http.StatusOK {
		t.Errorf("allowed: %+v, %v", answer, err)
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || string(body) != "hello" || r.Header.Get("X-Test") != "1" {
			t.Errorf("%s %q %v", r.Method, body, r.Header)
		}
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, strings.Repeat("x", 10*maxAnswer))
	})
	answer, err := local(0).Post(t.Context(), address, http.Header{"X-Test": {"1"}}, []byte("hello"))
	if err != nil || answer.Status != http.StatusTeapot || len(answer.Body) != maxAnswer {
		t.Errorf("status %d, %d bytes, %v", answer.Status, len(answer.Body), err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	inner := make(chan struct{}, 1)
	target := serve(t, func(http.ResponseWriter, *http.Request) { inner <- struct{}{} })
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target, http.StatusTemporaryRedirect)
	})
	answer, err := local(0).Post(t.Context(), address, http.Header{}, nil)
	if err != nil || answer.Status != http.StatusTemporaryRedirect || len(inner) != 0 {
		t.Errorf("status %d, %v, %d calls", answer.Status, err, len(inner))
	}
}

// TestTimeLimits: who hangs before the status is given up, who drips its body
// after it holds nobody up.
func TestTimeLimits(t *testing.T) {
	t.Parallel()
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drip := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, "x")
			_ = http.NewResponseController(w).Flush()
		}
	}
	if _, err := local(100*time.Millisecond).Post(t.Context(), serve(t, hang), http.Header{}, nil); !errors.Is(err, ErrTimeout) {
		t.Errorf("hanging: %v", err)
	}
	answer, err := local(time.Minute).Post(t.Context(), serve(t, drip), http.Header{}, nil)
	if err != nil || answer.Status != http.StatusAccepted || answer.Body != nil {
		t.Errorf("dripping: %d, %v", answer.Status, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := local(0).Post(ctx, serve(t, hang), http.Header{}, nil); !Canceled(err) {
		t.Errorf("broken off: %v", err)
	}
}

// TestErrorsAreFitForALog: no part of the URL, no address, no text of a peer.
func TestErrorsAreFitForALog(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	rude := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(conn, "s3cret nonsense")
		_ = conn.Close()
	})
	for target, want := range map[string]error{
		closed: errRefused, tls.URL: errCertificate, strings.Replace(plain, "http:", "https:", 1): errTLS,
		"http://no-such-host.invalid": errName, rude: errConnection,
	} {
		_, err := local(5*time.Second).Post(t.Context(), target+"/s3cret?token=s3cret", http.Header{}, nil)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", target, err, want)
		}
		parsed, _ := url.Parse(target)
		if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), parsed.Hostname())) {
			t.Errorf("%s: the error says too much: %v", target, err)
		}
	}
}

func TestProxyIsNotTaken(t *testing.T) {
	proxied := make(chan struct{}, 1)
	t.Setenv("HTTP_PROXY", serve(t, func(http.ResponseWriter, *http.Request) { proxied <- struct{}{} }))
	if _, err := local(time.Second).Post(t.Context(), "http://no-such-host.invalid", http.Header{}, nil); err == nil || len(proxied) != 0 {
		t.Errorf("%v, %d calls of the proxy", err, len(proxied))
	}
}
