package fault

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// URN is the schema of every error body (RFC 7644 section 3.12).
const URN = "urn:ietf:params:scim:api:messages:2.0:Error"

// AppendJSON renders the error body.
func (e *Error) AppendJSON(out []byte) []byte {
	out = append(out, `{"schemas":["`+URN+`"],"status":"`...)
	out = strconv.AppendInt(out, int64(e.Status), 10)
	out = append(out, '"')
	if e.Type != "" {
		out = append(out, `,"scimType":"`...)
		out = append(out, e.Type...)
		out = append(out, '"')
	}
	if e.Detail != "" {
		out = append(out, `,"detail":`...)
		out, _ = jsontext.AppendQuote(out, e.Detail) // invalid UTF-8 is replaced
	}
	return append(out, '}')
}
