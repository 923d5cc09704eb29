package scim

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
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

// bulkOperation is one operation: as it was sent, and what it came to mean.
type bulkOperation struct {
	Method  string         `json:"method"`
	BulkID  string         `json:"bulkId"`
	Version string         `json:"version"`
	Path    string         `json:"path"`
	Data    jsontext.Value `json:"data"`

	// place is where the operation stands in the request.
	place int
	// resourceType and id are the target; the id of a POST is allocated before
	// anything runs.
	resourceType *schema.ResourceType
	id           string
	// key addresses the target of all but a POST; noKey is why there is none.
	key   store.Key
	noKey error
	// allocated is the id of a POST as a number.
	allocated uuid.UUID
	// refused is why the operation cannot run, whatever the others do.
	refused error
	// needs are the POST operations that the operation refers to, in the order
	// of the request.
	needs []*bulkOperation

	// revives is what a POST brings back, nil for nothing.
	revives *store.Departed
	// created is the plan of a POST, or unplanned why there is none: nothing in
	// the store can change it. plain is the plan without what it brings back.
	created, plain *plan
	unplanned      error
	state          bulkState
	result         BulkResult
}

type bulkState uint8

const (
	bulkWaiting bulkState = iota
	bulkDone
	bulkFailed
)

// BulkResult is what became of one operation.
type BulkResult struct {
	// Place is where the operation stands in the request, from 0.
	Place                             int
	Method, BulkID, Version, Location string
	// Endpoint is that of the resource type, empty where there is none.
	Endpoint string
	// Status is the HTTP status of an operation that succeeded.
	Status int
	// Err is why an operation failed.
	Err error
}

// Bulk runs the operations of a bulk request (RFC 7644 section 3.7): each on
// its own, but many in one round trip to the store. An operation runs after
// those whose bulkId it refers to, operations that refer to each other in a
// circle run together; the results come in the order of the request and hold
// only what was processed.
func (p *Provider) Bulk(ctx context.Context, c *Caller, body io.Reader) ([]BulkResult, error) {
	var request bulkRequest
	if err := json.UnmarshalRead(body, &request, json.MatchCaseInsensitiveNames(true)); err != nil {
		return nil, bulkSyntax(err)
	}
	if err := request.check(p.maxBulk); err != nil {
		return nil, err
	}
	posts, err := request.allocate(c)
	if err != nil {
		return nil, err
	}
	if err := request.findRevivals(ctx, p, c); err != nil {
		return nil, err
	}
	for i := range request.Operations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		op := &request.Operations[i]
		if op.refused = op.read(c, p.types, posts); op.refused != nil {
			op.needs = nil // it waits for nothing
		}
	}
	run := newBulkRun(p, c, &request)
	if err := run.recall(ctx); err != nil {
		return nil, err
	}
	if err := run.all(ctx); err != nil {
		return nil, err
	}
	var results []BulkResult
	for i := range request.Operations {
		if op := &request.Operations[i]; op.state != bulkWaiting {
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

// allocate gives every POST its id, so that others can refer to it wherever
// they stand.
func (r *bulkRequest) allocate(c *Caller) (map[string]*bulkOperation, error) {
	posts := map[string]*bulkOperation{}
	for i := range r.Operations {
		op := &r.Operations[i]
		op.place, op.Method = i, strings.ToUpper(op.Method)
		op.result = BulkResult{Place: i, Method: op.Method, BulkID: op.BulkID}
		if op.Method != "POST" || op.BulkID == "" {
			continue
		}
		if posts[op.BulkID] != nil {
			return nil, fault.New(fault.InvalidValue, "Operations: two operations have one bulkId")
		}
		id, err := c.newID(i)
		if err != nil {
			return nil, err
		}
		op.allocated, posts[op.BulkID] = id, op
	}
	return posts, nil
}

// read finds the target of an operation and puts ids for bulkIds.
func (op *bulkOperation) read(c *Caller, types *schema.Registry, posts map[string]*bulkOperation) error {
	endpoint, id, err := op.target()
	if err != nil {
		return err
	}
	t, ok := types.Endpoint("/" + endpoint)
	if !ok || strings.Contains(id, "/") {
		return fault.NotFound("path: no resource type has this endpoint")
	}
	op.resourceType, op.id, op.result.Endpoint = t, id, t.Endpoint
	references := references{op: op, posts: posts, base: c.Base}
	if name, ok := strings.CutPrefix(id, bulkIDPrefix); ok {
		if op.id, err = references.resolve(name); err != nil {
			return err
		}
	}
	if op.Method == "POST" {
		op.id = op.allocated.String()
	} else {
		op.result.Location = location(c, t, op.id)
		op.key, op.noKey = c.key(t, op.id)
	}
	op.Data, err = references.substitute(t, op.Data)
	slices.SortFunc(op.needs, func(a, b *bulkOperation) int { return cmp.Compare(a.place, b.place) })
	return err
}

// target splits the path into endpoint and id.
func (op *bulkOperation) target() (endpoint, id string, err error) {
	switch op.Method {
	case "POST", "PUT", "PATCH", "DELETE":
	default:
		return "", "", fault.New(fault.InvalidSyntax, "method must be POST, PUT, PATCH or DELETE")
	}
	if op.Path == "" {
		return "", "", fault.New(fault.InvalidValue, "path is required")
	}
	endpoint, id, _ = strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	switch {
	case op.Method == "POST" && id != "":
		return "", "", fault.New(fault.InvalidPath, "path: POST takes the endpoint of a resource type")
	case op.Method == "POST" && op.BulkID == "":
		return "", "", fault.New(fault.InvalidValue, "bulkId is required for POST")
	case op.Method != "POST" && id == "":
		return "", "", fault.New(fault.InvalidPath, "path: %s takes the path of a resource", op.Method)
	case op.Method != "DELETE" && len(op.Data) == 0:
		return "", "", fault.New(fault.InvalidValue, "data is required for %s", op.Method)
	}
	return endpoint, id, nil
}
