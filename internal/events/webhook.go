package events

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/internal/outbound"
	"rollcall/store"
)

// webhook calls with JSON, signed as Standard Webhooks 1.0 says.
type webhook struct {
	client *outbound.Client
	url    string
	form   string
	// secrets all sign: during a rotation the receiver knows one of them.
	secrets [][]byte
	now     func() time.Time
}

func (w *webhook) call(ctx context.Context, event store.OutboxRow) (verdict, error) {
	body, err := webhookBody(event, w.form)
	if err != nil {
		return verdict{reason: "the event cannot be rendered", refused: true, status: http.StatusUnprocessableEntity}, nil //nolint:nilerr // another attempt does not help either
	}
	return w.post(ctx, EventID(event), body)
}

func (w *webhook) post(ctx context.Context, id string, body []byte) (verdict, error) {
	now := w.now()
	header := http.Header{
		"Content-Type":      {"application/json"},
		"User-Agent":        {userAgent},
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
		"Webhook-Signature": {signatures(w.secrets, id, now, body)},
	}
	answer, err := w.client.Post(ctx, w.url, header, body)
	return judge(answer, err, w.now())
}

const userAgent = "Rollcall"

// signatures sign id, time and body, once with each secret.
func signatures(secrets [][]byte, id string, at time.Time, body []byte) string {
	list := make([]string, 0, len(secrets))
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		list = append(list, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(list, " ")
}

// webhookMessage is the body of a webhook.
type webhookMessage struct {
	Type      string       `json:"type"`
	Timestamp time.Time    `json:"timestamp"`
	Data      webhookEvent `json:"data"`
}

type webhookEvent struct {
	ResourceType string         `json:"resourceType"`
	ID           string         `json:"id"`
	URI          string         `json:"uri,omitempty"`
	ExternalID   string         `json:"externalId,omitempty"`
	Version      int64          `json:"version"`
	Position     int64          `json:"position"`
	Txn          string         `json:"txn"`
	Attributes   []string       `json:"attributes,omitempty"`
	Resource     jsontext.Value `json:"resource,omitempty"`
	Details      members        `json:"details,omitempty"`
}

func webhookBody(event store.OutboxRow, form string) ([]byte, error) {
	read, err := readContent(event.Payload)
	if err != nil {
		return nil, err
	}
	data := webhookEvent{
		ResourceType: event.Subject.Type, ID: event.Subject.ID.String(), URI: read.uri, ExternalID: read.externalID,
		Version: event.Version, Position: event.Position, Txn: read.transaction(event), Details: read.rest,
	}
	if form == FormNotice || read.data == nil {
		data.Attributes = read.attributes
	} else {
		data.Resource = read.data
	}
	return json.Marshal(webhookMessage{Type: event.Type, Timestamp: event.At, Data: data}, json.Deterministic(true))
}

func (c *content) transaction(event store.OutboxRow) string {
	if c.txn != "" {
		return c.txn
	}
	return transactionID(event)
}
