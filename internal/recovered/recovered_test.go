package recovered_test

import (
	"errors"
	"strings"
	"testing"

	"rollcall/internal/recovered"
)

func TestCall(t *testing.T) {
	t.Parallel()
	fails := errors.New("it fails")
	if err := recovered.Call(func() error { return fails }); !errors.Is(err, fails) {
		t.Errorf("an error: %v", err)
	}
	var none []int
	for want, work := range map[string]func() error{
		"index out of range":  func() error { none[len(none)]++; return nil },
		"panic: string at":    func() error { panic("s3cret") },
		"*errors.errorString": func() error { panic(errors.New("s3cret")) },
		"TestCall":            func() error { panic(1) },
	} {
		err := recovered.Call(work)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
