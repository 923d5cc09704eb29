package async

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// Result is what a request came to: one response, or one for each operation of
// a bulk request that was processed.
type Result struct {
	// Bulk says that the request was a bulk request which was gone through.
	Bulk      bool       `json:"bulk,omitempty"`
	Base      string     `json:"base"`
	Responses []Response `json:"responses"`
}

// Response is one response in the form of a bulk operation (RFC 7644 section
// 3.7.3).
type Response struct {
	// Place is where the operation stands in its bulk request.
	Place    int    `json:"place,omitempty"`
	Method   string `json:"method"`
	BulkID   string `json:"bulkId,omitempty"`
	Version  string `json:"version,omitempty"`
	Location string `json:"location,omitempty"`
	Status   int    `json:"status"`
	// Body is the body that the answer would have had; empty where it would have
	// had none, or more than is kept.
	Body jsontext.Value `json:"body,omitempty"`
	// URI is the subject of the completion event, below the base: the resource,
	// or the endpoint where none came to be.
	URI string `json:"uri"`
}

// OK reports whether the operation succeeded.
func (r *Response) OK() bool { return r.Status/100 == 2 }

// refuse makes the response that of a refusal.
func (r *Response) refuse(refused *fault.Error) {
	r.Status, r.Body, r.Version = refused.Status, refused.AppendJSON(nil), ""
}

// failed is the result of a request that was refused as a whole.
func (r *Request) failed(refused *fault.Error) Result {
	response := Response{Method: r.Method, URI: "/Bulk"}
	response.refuse(refused)
	return Result{Base: r.Base, Responses: []Response{response}}
}

// readResult reads a result that was kept. A job that came to none was
// cancelled, or lost what it had to do.
func readResult(kept []byte, state store.JobState) (Result, error) {
	var result Result
	if len(kept) > 0 {
		if err := json.Unmarshal(kept, &result); err != nil {
			return result, fmt.Errorf("read the result of a request: %w", err)
		}
		return result, nil
	}
	refused := errGivenUp
	if state == store.JobCancelled {
		refused = fault.Plain(409, "the request was cancelled; it may have been carried out in part")
	}
	response := Response{URI: "/"}
	response.refuse(refused)
	return Result{Responses: []Response{response}}, nil
}

var errGivenUp = fault.Plain(500, "the server could not carry out the request, which it tried several times; it may have been carried out in part")

// EventURI is the event of a completion (RFC 9967 section 2.5.1.3), and
// eventType what the outbox calls it.
const (
	EventURI  = "urn:ietf:params:scim:event:misc:asyncresp"
	eventType = "misc:asyncresp"
)

// txnOf is the txn of one response (RFC 9967 section 2.5.1.2).
func (r *Result) txnOf(txn string, response *Response) string {
	if !r.Bulk {
		return txn
	}
	return fmt.Sprintf("%s:%d", txn, response.Place)
}

// appendOperation renders the response as that of a bulk operation. An event
// says what a success was answered by its location alone: who reads the stream
// may read the resource or not.
func (r *Response) appendOperation(out []byte, whole bool) []byte {
	out = append(out, '{')
	for _, member := range [][2]string{
		{"method", r.Method}, {"bulkId", r.BulkID}, {"version", r.Version}, {"location", r.Location}, {"status", fmt.Sprint(r.Status)},
	} {
		if member[1] == "" {
			continue
		}
		if len(out) > 0 && out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = appendMember(out, member[0], member[1])
	}
	if len(r.Body) > 0 && (whole || !r.OK()) {
		out = append(append(out, `,"response":`...), r.Body...)
	}
	return append(out, '}')
}

func appendMember(out []byte, name, value string) []byte {
	out = append(append(append(out, '"'), name...), `":`...)
	out, _ = jsontext.AppendQuote(out, strings.ToValidUTF8(value, "?"))
	return out
}

// AppendBulk renders the body of the answer to a bulk request.
func (r *Result) AppendBulk(out []byte) []byte {
	out = append(out, `{"schemas":["`+scim.BulkResponseURN+`"],"Operations":[`...)
	for i := range r.Responses {
		if i > 0 {
			out = append(out, ',')
		}
		out = r.Responses[i].appendOperation(out, false)
	}
	return append(out, "]}"...)
}

// events are those of the outbox, one a response.
func (r *Result) events(txn string) []store.Event {
	events := make([]store.Event, 0, len(r.Responses))
	for i := range r.Responses {
		response := &r.Responses[i]
		out := append(appendMember([]byte{'{'}, "uri", response.URI), ',')
		out = append(appendMember(out, "txn", r.txnOf(txn, response)), `,"data":`...)
		events = append(events, store.Event{Type: eventType, Payload: append(response.appendOperation(out, false), '}')})
	}
	return events
}

// AppendClaims renders the claims of the completion event of one response, with
// the whole response.
func (c *Completion) AppendClaims(out []byte, response *Response) []byte {
	txn := c.txnOf(c.Txn, response)
	out = append(appendMember(append(out, '{'), "jti", txn+".status"), ',')
	if c.Base != "" {
		out = append(appendMember(out, "iss", c.Base), ',')
	}
	out = fmt.Appendf(out, `"iat":%d,`, c.At.Unix())
	out = append(appendMember(out, "txn", txn), `,"sub_id":{"format":"scim",`...)
	out = append(appendMember(out, "uri", response.URI), `},"events":{"`+EventURI+`":`...)
	return append(response.appendOperation(out, true), "}}"...)
}
