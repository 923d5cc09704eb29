package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (TLSConfig, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	config := TLSConfig{filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, content := range map[string][]byte{config.Certificate: certificate, config.Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return config, pool
}

// TestTLS runs the whole program with a certificate.
func TestTLS(t *testing.T) {
	t.Parallel()
	config := defaults(t)
	var roots *x509.CertPool
	config.TLSConfig, roots = selfSigned(t)
	config.Listen, config.BootstrapToken = "127.0.0.1:0", testToken
	config.Database = "sqlite:" + filepath.Join(t.TempDir(), "rollcall.db")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	reader, writer := io.Pipe()
	go func() { done <- Run(ctx, config, writer, slog.New(slog.DiscardHandler)) }()
	line := make([]byte, 200)
	n, err := reader.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	_, base, _ := strings.Cut(strings.TrimSpace(string(line[:n])), "SCIM base URL ")
	ask := func(url string, version uint16) (int, uint16) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: version, MaxVersion: version}}
		defer transport.CloseIdleConnections()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/ServiceProviderConfig", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := (&http.Client{Transport: transport}).Do(request)
		if err != nil {
			return 0, 0
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		if response.StatusCode == http.StatusOK && !strings.Contains(string(body), `"location":"`+base+`/`) {
			t.Errorf("locations do not begin with %s: %s", base, body)
		}
		if response.TLS == nil {
			return response.StatusCode, 0
		}
		return response.StatusCode, response.TLS.Version
	}
	t.Run("SEC-01 IPS-25 TLS 1.2 and 1.3, nothing older, no plain HTTP", func(t *testing.T) {
		for version, want := range map[uint16]int{tls.VersionTLS13: 200, tls.VersionTLS12: 200, tls.VersionTLS11: 0} {
			if status, spoken := ask(base, version); status != want || want == 200 && spoken != version {
				t.Errorf("version %x: status %d with version %x", version, status, spoken)
			}
		}
		if status, _ := ask(strings.Replace(base, "https:", "http:", 1), tls.VersionTLS12); status != http.StatusBadRequest {
			t.Errorf("plain HTTP: status %d", status)
		}
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, half := range []TLSConfig{{Certificate: "x"}, {Key: "x"}} {
		if half.validate() == nil {
			t.Errorf("%+v is accepted", half)
		}
	}
	if _, err := (TLSConfig{Certificate: config.Key, Key: config.Key}).listener(nil); err == nil {
		t.Error("a file without a certificate is accepted")
	}
}
