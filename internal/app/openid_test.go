package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOIDCConfig(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	empty := file + "-empty"
	for name, text := range map[string]string{file: "s3cret\n", empty: "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const issuer = "https://id.example"
	for _, one := range []struct {
		config  OIDCConfig
		problem string
	}{
		{OIDCConfig{}, ""},
		{OIDCConfig{Issuer: issuer, ClientID: "x"}, ""},
		{OIDCConfig{Issuer: issuer, ClientID: "x", ClientSecretFile: file}, ""},
		{OIDCConfig{Issuer: issuer}, "need each other"},
		{OIDCConfig{Name: "Acme"}, "need them"},
		{OIDCConfig{Issuer: "http://id.example", ClientID: "x"}, "oidc-issuer must begin with https://"},
		{OIDCConfig{Issuer: issuer, ClientID: "x", ClientSecret: "x", ClientSecretFile: file}, "exclude each other"},
		{OIDCConfig{Issuer: issuer, ClientID: "x", ClientSecretFile: empty}, "holds no secret"},
		{OIDCConfig{Issuer: issuer, ClientID: "x", ClientSecretFile: file + "-none"}, "no such file"},
	} {
		err := one.config.validate()
		if (err == nil) != (one.problem == "") || err != nil && !strings.Contains(err.Error(), one.problem) {
			t.Errorf("%+v: %v, want %q", one.config, err, one.problem)
		}
	}
	if secret, err := (&OIDCConfig{ClientSecretFile: file}).secret(); err != nil || secret != "s3cret" {
		t.Errorf("the file holds %q, %v", secret, err)
	}
}
