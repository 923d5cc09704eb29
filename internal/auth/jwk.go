package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// jwk is one key of a set (RFC 7517 section 4, RFC 7518 section 6, RFC 8037).
type jwk struct {
	Kty    string   `json:"kty"`
	Use    string   `json:"use"`
	KeyOps []string `json:"key_ops"`
	Alg    string   `json:"alg"`
	Kid    string   `json:"kid"`
	N      string   `json:"n"`
	E      string   `json:"e"`
	Crv    string   `json:"crv"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
}

// verificationKey is a usable public key and what it may verify.
type verificationKey struct {
	kid        string
	algorithms []string
	public     jwt.VerificationKey
}

// minRSABits is what RFC 7518 section 3.3 asks for; the upper bound keeps one
// verification from costing much.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

var curves = map[string]struct {
	curve     elliptic.Curve
	algorithm string
}{
	"P-256": {elliptic.P256(), "ES256"},
	"P-384": {elliptic.P384(), "ES384"},
	"P-521": {elliptic.P521(), "ES512"},
}

// parseKeys reads a key set. Keys for encryption, symmetric keys and those of
// an unknown type are passed over, as RFC 7517 section 5 asks; a key that is
// broken is, too, and reported as a problem.
func parseKeys(document []byte) (keys []verificationKey, problems []error, err error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, nil, fmt.Errorf("key set is not JSON: %w", err)
	}
	for _, k := range set.Keys {
		if k.Use != "" && k.Use != "sig" || len(k.KeyOps) > 0 && !slices.Contains(k.KeyOps, "verify") {
			continue
		}
		key, err := k.verificationKey()
		if err != nil {
			problems = append(problems, fmt.Errorf("key %q: %w", k.Kid, err))
			continue
		}
		if k.Alg != "" {
			key.algorithms = slices.DeleteFunc(key.algorithms, func(algorithm string) bool { return algorithm != k.Alg })
		}
		if len(key.algorithms) > 0 {
			keys = append(keys, key)
		}
	}
	return keys, problems, nil
}

func (k jwk) verificationKey() (verificationKey, error) {
	key := verificationKey{kid: k.Kid}
	var err error
	switch k.Kty {
	case "RSA":
		key.algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
		key.public, err = k.rsa()
	case "EC":
		curve, known := curves[k.Crv]
		if !known {
			return key, nil
		}
		key.algorithms = []string{curve.algorithm}
		key.public, err = k.ecdsa(curve.curve)
	case "OKP":
		if k.Crv != "Ed25519" {
			return key, nil
		}
		key.algorithms = []string{"EdDSA"}
		key.public, err = k.ed25519()
	}
	return key, err
}

func (k jwk) rsa() (*rsa.PublicKey, error) {
	n, errN := decodeField(k.N)
	e, errE := decodeField(k.E)
	if errN != nil || errE != nil {
		return nil, errors.Join(errN, errE)
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n)}
	if bits := key.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("RSA key has %d bits, allowed are %d to %d", bits, minRSABits, maxRSABits)
	}
	exponent := new(big.Int).SetBytes(e)
	if exponent.BitLen() > 31 || exponent.Int64() < 3 || exponent.Bit(0) == 0 {
		return nil, errors.New("RSA exponent is out of range")
	}
	key.E = int(exponent.Int64())
	return key, nil
}

func (k jwk) ecdsa(curve elliptic.Curve) (*ecdsa.PublicKey, error) {
	x, errX := decodeField(k.X)
	y, errY := decodeField(k.Y)
	if errX != nil || errY != nil {
		return nil, errors.Join(errX, errY)
	}
	size := (curve.Params().BitSize + 7) / 8
	if len(x) != size || len(y) != size {
		return nil, errors.New("EC coordinates have the wrong length")
	}
	// Refuses a point that is not on the curve.
	return ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
}

func (k jwk) ed25519() (ed25519.PublicKey, error) {
	x, err := decodeField(k.X)
	if err != nil {
		return nil, err
	}
	if len(x) != ed25519.PublicKeySize {
		return nil, errors.New("Ed25519 key has the wrong length")
	}
	return ed25519.PublicKey(x), nil
}

func decodeField(text string) ([]byte, error) {
	if text == "" {
		return nil, errors.New("a member is missing")
	}
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}
