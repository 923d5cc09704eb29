package events

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"rollcall/internal/outbound"
	"rollcall/store"
)

// push delivers tokens as RFC 8935 says.
type push struct {
	client        *outbound.Client
	url           string
	authorization string
	mint          *mint
	now           func() time.Time
}

func (p *push) call(ctx context.Context, event store.OutboxRow) (verdict, error) {
	token, err := p.mint.token(event)
	if err != nil {
		return verdict{reason: "the event cannot be rendered", refused: true, status: http.StatusUnprocessableEntity}, nil //nolint:nilerr // another attempt does not help either
	}
	return p.post(ctx, token)
}

func (p *push) post(ctx context.Context, token string) (verdict, error) {
	header := http.Header{"Content-Type": {"application/" + tokenType}, "Accept": {"application/json"}, "User-Agent": {userAgent}}
	if p.authorization != "" {
		header.Set("Authorization", p.authorization)
	}
	answer, err := p.client.Post(ctx, p.url, header, []byte(token))
	found, err := judge(answer, err, p.now())
	// 202 is the one answer that takes a token (section 2.2): who answers 200 may
	// be a proxy or a page that knows nothing of it.
	if found.taken && found.status != http.StatusAccepted {
		found = verdict{status: found.status, reason: "HTTP status " + strconv.Itoa(found.status) + " in place of 202"}
	}
	if found.status == http.StatusBadRequest {
		if code := refusal(answer.Body); code != "" {
			found.reason = "refused: " + code
			found.refused = slices.Contains(refusalsOfEvents, code)
		}
	}
	return found, err
}

// The codes of RFC 8935 section 2.4. Those about the event are final, those
// about keys and rights are a matter of settings, which may be mended.
var (
	refusalsOfEvents   = []string{"invalid_request", "invalid_issuer", "invalid_audience"}
	refusalsOfSettings = []string{"invalid_key", "authentication_failed", "access_denied"}
)

// refusal reads the code of a refusal; empty where there is none that is known.
// The description is the receiver's own text and goes nowhere.
func refusal(body []byte) string {
	var answer struct {
		Err string `json:"err"`
	}
	if json.Unmarshal(body, &answer) != nil || !known(answer.Err) {
		return ""
	}
	return answer.Err
}

func known(code string) bool {
	return slices.Contains(refusalsOfEvents, code) || slices.Contains(refusalsOfSettings, code)
}
