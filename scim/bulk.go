package scim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// The URNs of bulk messages (RFC 7644 section 3.7).
const (
	BulkRequestURN  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	BulkResponseURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// bulkRequest is the body of a bulk request.
type bulkRequest struct {
	Schemas      []string        `json:"schemas"`
	FailOnErrors int             `json:"failOnErrors"`
	Operations   []bulkOperation `json:"Operations"`
}

type bulkOperation struct {
	Method  string         `json:"method"`
	BulkID  string         `json:"bulkId"`
	Version string         `json:"version"`
	Path    string         `json:"path"`
	Data    jsontext.Value `json:"data"`

	state  bulkState
	id     uuid.UUID // of a POST, allocated before anything runs
	result BulkResult
}

type bulkState uint8

const (
	bulkWaiting bulkState = iota
	bulkRunning
	bulkDone
	bulkFailed
)

// BulkResult is what became of one operation.
type BulkResult struct {
	Method, BulkID, Version, Location string
	Status                            int
	// Err is the refusal of a failed operation.
	Err error
}

// Bulk runs the operations of a bulk request one after the other, each on its
// own. An operation runs after those whose bulkId it refers to; the results
// come in the order of the request and hold only what was processed.
func (p *Provider) Bulk(ctx context.Context, c *Caller, body io.Reader) ([]BulkResult, error) {
	var request bulkRequest
	if err := json.UnmarshalRead(body, &request, json.MatchCaseInsensitiveNames(true)); err != nil {
		return nil, bulkSyntax(err)
	}
	if err := request.check(p.maxBulk); err != nil {
		return nil, err
	}
	run := bulkRun{provider: p, caller: c, request: &request, byID: map[string]*bulkOperation{}}
	for i := range request.Operations {
		op := &request.Operations[i]
		if !strings.EqualFold(op.Method, "POST") || op.BulkID == "" {
			continue
		}
		if run.byID[op.BulkID] != nil {
			return nil, fault.New(fault.InvalidValue, "Operations: two operations have one bulkId")
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		op.id, run.byID[op.BulkID] = id, op
	}
	for i := range request.Operations {
		if run.stopped() {
			break
		}
		if err := run.do(ctx, &request.Operations[i]); err != nil {
			return nil, err
		}
	}
	var results []BulkResult
	for i := range request.Operations {
		if op := &request.Operations[i]; op.state >= bulkDone {
			results = append(results, op.result)
		}
	}
	return results, nil
}

func bulkSyntax(err error) error {
	if refused, ok := fault.As(err); ok {
		return refused
	}
	return fault.New(fault.InvalidSyntax, "the body is not a valid bulk request: broken JSON, a repeated name or a value of the wrong type")
}

func (r *bulkRequest) check(most int) error {
	switch {
	case len(r.Schemas) != 1 || !strings.EqualFold(r.Schemas[0], BulkRequestURN):
		return fault.New(fault.InvalidSyntax, "schemas must be [%q]", BulkRequestURN)
	case len(r.Operations) == 0:
		return fault.New(fault.InvalidSyntax, "Operations must hold at least one operation")
	case len(r.Operations) > most:
		return fault.Plain(413, "the bulk request holds %d operations; the limit is %d", len(r.Operations), most)
	case r.FailOnErrors < 0:
		return fault.New(fault.InvalidValue, "failOnErrors must not be negative")
	}
	return nil
}

// bulkRun is one bulk request under way.
type bulkRun struct {
	provider *Provider
	caller   *Caller
	request  *bulkRequest
	byID     map[string]*bulkOperation
	failed   int
}

func (r *bulkRun) stopped() bool {
	return r.request.FailOnErrors > 0 && r.failed >= r.request.FailOnErrors
}

// do runs an operation after those it depends on. Only a fault that is not the
// client's ends the request.
func (r *bulkRun) do(ctx context.Context, op *bulkOperation) error {
	if op.state != bulkWaiting {
		return nil
	}
	op.state = bulkRunning
	op.result = BulkResult{Method: strings.ToUpper(op.Method), BulkID: op.BulkID}
	err := r.prepare(ctx, op)
	if err == nil && r.stopped() {
		op.state = bulkWaiting // what it waited for ended the request
		return nil
	}
	if err == nil {
		err = r.execute(ctx, op)
	}
	if err == nil {
		op.state = bulkDone
		return nil
	}
	refused, ok := fault.As(err)
	if !ok || refused.Status >= 500 {
		return err
	}
	op.state, op.result.Status, op.result.Err = bulkFailed, refused.Status, refused
	r.failed++
	return nil
}

// prepare runs what an operation refers to and puts ids for bulkIds.
func (r *bulkRun) prepare(ctx context.Context, op *bulkOperation) error {
	resolve := func(name string) (string, error) {
		target, ok := r.byID[name]
		switch {
		case !ok:
			return "", fault.Plain(409, "no POST operation of the request has the bulkId that is referred to")
		case target == op:
			return target.id.String(), nil
		case target.state == bulkRunning:
			return "", fault.Plain(409, "the operations refer to each other in a circle")
		}
		if err := r.do(ctx, target); err != nil {
			return "", err
		}
		if target.state != bulkDone {
			return "", fault.Plain(409, "the operation whose bulkId is referred to failed or was not processed")
		}
		return target.id.String(), nil
	}
	if head, name, ok := strings.Cut(op.Path, "bulkId:"); ok && strings.HasSuffix(head, "/") {
		id, err := resolve(name)
		if err != nil {
			return err
		}
		op.Path = head + id
	}
	if !bytes.Contains(op.Data, []byte("bulkId:")) {
		return nil
	}
	data, err := substitute(op.Data, resolve)
	op.Data = data
	return err
}

// substitute rewrites string values of the form "bulkId:name".
func substitute(data jsontext.Value, resolve func(string) (string, error)) (jsontext.Value, error) {
	in := jsontext.NewDecoder(bytes.NewReader(data))
	var out bytes.Buffer
	encoder := jsontext.NewEncoder(&out)
	for {
		token, err := in.ReadToken()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, bulkSyntax(err)
		}
		if token.Kind() == '"' {
			text := token.String()
			if name, ok := strings.CutPrefix(text, "bulkId:"); ok && isReference(in) {
				id, err := resolve(name)
				if err != nil {
					return nil, err
				}
				token = jsontext.String(id)
			}
		}
		if err := encoder.WriteToken(token); err != nil {
			return nil, bulkSyntax(err)
		}
	}
}

// isReference reports whether the string just read stands where a reference
// may stand: as the value of "value", "$ref" or "manager", or of an operation
// of PATCH. Elsewhere a text may begin with "bulkId:" and mean itself.
func isReference(in *jsontext.Decoder) bool {
	kind, length := in.StackIndex(in.StackDepth())
	if kind != '{' || length%2 != 0 {
		return false // a name, or an element of an array of strings
	}
	name := in.StackPointer().LastToken()
	return name == "value" || name == "$ref" || name == "manager"
}

func (r *bulkRun) execute(ctx context.Context, op *bulkOperation) error {
	t, id, err := r.target(op)
	if err != nil {
		return err
	}
	p, c, match := r.provider, r.caller, ParsePrecondition(op.Version)
	var resource *Resource
	switch op.result.Method {
	case "POST":
		resource, err = p.createAs(ctx, c, t, op.id, bytes.NewReader(op.Data), View{})
	case "PUT":
		resource, err = p.Replace(ctx, c, t, id, match, bytes.NewReader(op.Data), View{})
	case "PATCH":
		resource, err = p.Patch(ctx, c, t, id, match, bytes.NewReader(op.Data), View{})
	case "DELETE":
		op.result.Location, op.result.Status = location(c, t, id), 204
		return p.Delete(ctx, c, t, id, match)
	}
	if op.result.Method != "POST" {
		op.result.Location = location(c, t, id)
	}
	if err != nil {
		return err
	}
	op.result.Status = 200
	if resource.Created {
		op.result.Status = 201
	}
	op.result.Location, op.result.Version = resource.Location(), resource.ETag()
	return nil
}

// target finds what the path of an operation names.
func (r *bulkRun) target(op *bulkOperation) (*schema.ResourceType, string, error) {
	switch op.result.Method {
	case "POST", "PUT", "PATCH", "DELETE":
	default:
		return nil, "", fault.New(fault.InvalidSyntax, "method must be POST, PUT, PATCH or DELETE")
	}
	if op.Path == "" {
		return nil, "", fault.New(fault.InvalidValue, "path is required")
	}
	endpoint, id, hasID := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	t, ok := r.provider.types.Endpoint("/" + endpoint)
	if !ok || strings.Contains(id, "/") {
		return nil, "", fault.NotFound("path: no resource type has this endpoint")
	}
	switch op.result.Method {
	case "POST":
		switch {
		case hasID && id != "":
			return nil, "", fault.New(fault.InvalidPath, "path: POST takes the endpoint of a resource type")
		case op.BulkID == "":
			return nil, "", fault.New(fault.InvalidValue, "bulkId is required for POST")
		}
	case "PUT", "PATCH", "DELETE":
		if id == "" {
			return nil, "", fault.New(fault.InvalidPath, "path: %s takes the path of a resource", op.result.Method)
		}
	}
	if op.result.Method != "DELETE" && len(op.Data) == 0 {
		return nil, "", fault.New(fault.InvalidValue, "data is required for %s", op.result.Method)
	}
	return t, id, nil
}

// AppendBulk renders the answer of a bulk request.
func AppendBulk(out []byte, results []BulkResult, appendError func([]byte, error) []byte) []byte {
	out = append(out, `{"schemas":["`+BulkResponseURN+`"],"Operations":[`...)
	for i, result := range results {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"method":`...)
		out = appendQuoted(out, result.Method)
		for _, member := range [][2]string{{"bulkId", result.BulkID}, {"version", result.Version}, {"location", result.Location}} {
			if member[1] != "" {
				out = append(out, `,"`+member[0]+`":`...)
				out = appendQuoted(out, member[1])
			}
		}
		out = append(out, `,"status":"`...)
		out = strconv.AppendInt(out, int64(result.Status), 10)
		out = append(out, '"')
		if result.Err != nil {
			out = append(out, `,"response":`...)
			out = appendError(out, result.Err)
		}
		out = append(out, '}')
	}
	return append(out, `]}`...)
}
