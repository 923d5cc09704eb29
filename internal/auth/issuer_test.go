package auth

import "testing"

func TestCheckIssuer(t *testing.T) {
	t.Parallel()
	for issuer, good := range map[string]bool{
		"https://id.example": true, "https://id.example/realms/x": true, "http://127.0.0.1:8080": true, "http://localhost/x": true,
		"http://id.example": false, "id.example": false, "": false, "https://id.example?x=1": false, "https://u:p@id.example": false, "https://id.example#x": false, "ftp://id.example": false, "https://": false,
	} {
		if err := CheckIssuer(issuer); (err == nil) != good {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}
