package hangup_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"rollcall/internal/hangup"
)

// slow is a connection whose request took too long, or did not.
type slow struct {
	http.ResponseWriter

	late bool
}

func (s slow) TimedOut() bool { return s.late }

// TestJudge: a client is gone where its request has ended and what failed is that,
// but for the request whose time has run out.
func TestJudge(t *testing.T) {
	t.Parallel()
	cut, other := fmt.Errorf("read: %w", context.Canceled), errors.New("other")
	for _, test := range []struct {
		failure, want    error
		over, late, gone bool
	}{
		{cut, cut, true, false, true},
		{cut, context.DeadlineExceeded, true, true, false},
		{cut, cut, false, false, false}, // what was cancelled was not the request
		{other, other, true, false, false},
		{context.DeadlineExceeded, context.DeadlineExceeded, true, false, false},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if test.over {
			cancel()
		}
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
		got, gone := hangup.Judge(echo.New().NewContext(request, slow{httptest.NewRecorder(), test.late}), test.failure)
		if !errors.Is(got, test.want) || gone != test.gone {
			t.Errorf("%+v: %v, gone %v", test, got, gone)
		}
		cancel()
	}
}
