package scim

import (
	"context"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Resource is one resource as it is answered.
type Resource struct {
	Type *schema.ResourceType
	// Created says that the request made it.
	Created bool

	provider   *Provider
	caller     *Caller
	record     store.Record
	projection *schema.Projection
	view       View
	members    memberPage
	loaded     *loadedPage
	now        time.Time
	policy     lifecycle.Policy
	tag        string
}

// show sets what of the resource the answer carries. wrote are the attributes
// that the request wrote, nil for a read.
func (r *Resource) show(view View, wrote func(yield func(*schema.Attribute) bool)) *Resource {
	r.view, r.members, r.projection = view, r.provider.memberPage(view.Members), view.of(r.Type)
	if wrote != nil {
		r.projection = r.projection.Sent(wrote)
	}
	return r
}

// ID is the id of the resource.
func (r *Resource) ID() string { return r.record.ID.String() }

// Location is the absolute URI of the resource.
func (r *Resource) Location() string { return location(r.caller, r.Type, r.ID()) }

// ETag is the entity tag, equal to meta.version.
func (r *Resource) ETag() string {
	if r.tag == "" {
		r.tag = etag(r.Type, &r.record, r.now)
	}
	return r.tag
}

// Large reports whether writing the answer may stream more than the document:
// members of a group.
func (r *Resource) Large() bool {
	return r.Type.Members != nil && r.projection.Includes(r.Type.Members)
}

// WriteTo writes the resource as JSON. Members are streamed from the store.
func (r *Resource) WriteTo(ctx context.Context, w io.Writer) error {
	a := answer{provider: r.provider, caller: r.caller, now: r.now, policy: r.policy, tag: r.tag}
	if r.Large() {
		stop, err := r.stream(ctx, &a)
		if err != nil {
			return err
		}
		defer stop()
	}
	return a.write(w, r.Type, &r.record, r.projection)
}

func location(c *Caller, t *schema.ResourceType, id string) string {
	return c.Base + t.Endpoint + "/" + id
}

// appendPath appends the path of a resource below the base URI.
func appendPath(out []byte, t *schema.ResourceType, id uuid.UUID) []byte {
	out = append(out, t.Endpoint...)
	out = append(out, '/')
	return appendID(out, id)
}

// memberStream reads the memberships of the groups of a page in their order.
type memberStream struct {
	next func() (store.Membership, error, bool)
	// held is a membership that belongs to a later group.
	held *store.Membership
}

// openMembers starts the stream of the members of groups; stop ends it.
func (a *answer) openMembers(ctx context.Context, groups []uuid.UUID, page store.MemberPage) (stop func()) {
	next, stop := iter.Pull2(a.provider.store.Members(ctx, a.caller.Tenant, groups, page))
	a.members = &memberStream{next: next}
	return stop
}

// of returns the next membership of a group; false when there is none left.
func (s *memberStream) of(group uuid.UUID) (store.Membership, bool, error) {
	if s.held == nil {
		m, err, ok := s.next()
		if !ok || err != nil {
			return store.Membership{}, false, err
		}
		s.held = &m
	}
	if s.held.Group != group {
		return store.Membership{}, false, nil
	}
	m := *s.held
	s.held = nil
	return m, true, nil
}

// answer writes resources of one request.
type answer struct {
	provider *Provider
	caller   *Caller
	now      time.Time
	policy   lifecycle.Policy
	members  *memberStream
	buffer   []byte
	// tag is the entity tag of the one resource of the answer, if it is known.
	tag string
}

// flushAt bounds what is held in memory of one answer.
const flushAt = 32 << 10

// besides is about what meta, active, the lifecycle and a group take of an
// answer, in bytes.
const besides = 1024

func (a *answer) write(w io.Writer, t *schema.ResourceType, record *store.Record, p *schema.Projection) error {
	if a.buffer == nil {
		a.buffer = make([]byte, 0, len(record.Document)+besides)
	}
	out, err := a.appendStored(a.buffer[:0], t, record, p)
	if err != nil {
		return err
	}
	if t.Active != nil && p.Includes(t.Active) {
		out = append(out, `,"active":`...)
		out = strconv.AppendBool(out, activeAt(&record.Facts, a.now))
	}
	if t.Groups != nil && len(record.Groups) > 0 && p.Includes(t.Groups) {
		out = a.appendGroups(out, t, record.Groups, p)
	}
	if a.members != nil && t.Members != nil && p.Includes(t.Members) {
		if out, err = a.streamMembers(w, out, t, record.ID, p); err != nil {
			return err
		}
	}
	if p.Includes(t.Meta) {
		out = a.appendMeta(out, t, record, p)
	}
	a.buffer = append(out, '}')
	_, err = w.Write(a.buffer)
	return err
}

// appendStored appends the document without its closing brace, and to the
// lifecycle extension, which ends it, what is computed of that.
func (a *answer) appendStored(out []byte, t *schema.ResourceType, record *store.Record, p *schema.Projection) ([]byte, error) {
	document := record.Document
	if p == nil && t.Verbatim() {
		switch {
		case t.Lifecycle == nil:
			return append(out, document[:len(document)-1]...), nil
		case t.EndsInLifecycle(document):
			out = append(out, document[:len(document)-2]...)
			return a.appendStanding(out, t, record, p, nil)
		}
	}
	object, err := t.Parse(document)
	if err != nil {
		return out, err
	}
	out = t.AppendProjected(append(out, '{'), record.ID.String(), object, p)
	if t.Lifecycle == nil || !p.Includes(t.Lifecycle) {
		return out, nil
	}
	before := len(out)
	out = appendName(out, t.Lifecycle.Name)
	start := len(out)
	out = t.AppendLifecycle(append(out, '{'), object, p)
	out, err = a.appendStanding(out, t, record, p, object)
	if len(out) == start+len("{}") {
		out = out[:before] // nothing of it is shown
	}
	return out, err
}

// appendStanding appends the computed attributes of the lifecycle extension and
// closes it.
func (a *answer) appendStanding(out []byte, t *schema.ResourceType, record *store.Record, p *schema.Projection, object *schema.Object) ([]byte, error) {
	s, err := standingOf(record, a.policy, a.now)
	if err != nil {
		return out, err
	}
	for _, sub := range t.Lifecycle.Sub {
		if sub.Computed != schema.ComputedLifecycle || !p.Includes(sub) {
			continue
		}
		out = s.append(out, sub, object)
	}
	return append(out, '}'), nil
}

// appendMeta appends the common attribute meta (RFC 7643 section 3.1).
func (a *answer) appendMeta(out []byte, t *schema.ResourceType, record *store.Record, p *schema.Projection) []byte {
	out = append(out, `,"meta":{`...)
	start := len(out)
	for _, sub := range t.Meta.Sub {
		if !p.Includes(sub) {
			continue
		}
		if len(out) > start {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, sub.Name...)
		out = append(out, `":"`...)
		// Nothing here needs escaping, but for the quotes of the entity tag.
		switch sub.Name {
		case "resourceType":
			out = append(out, t.Name...)
		case "created":
			out = record.Created.AppendFormat(out, timeLayout)
		case "lastModified":
			out = record.Modified.AppendFormat(out, timeLayout)
		case "location":
			out = appendPath(append(out, a.caller.Base...), t, record.ID)
		case "version":
			tag := a.tag
			if tag == "" {
				tag = etag(t, record, a.now)
			}
			out = append(out, `W/\"`...)
			out = append(out, tag[len(`W/"`):len(tag)-1]...)
			out = append(out, `\"`...)
		}
		out = append(out, '"')
	}
	return append(out, '}')
}

// timeLayout shows the microseconds that are stored.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func (a *answer) appendGroups(out []byte, t *schema.ResourceType, groups []store.Group, p *schema.Projection) []byte {
	out = append(out, `,"groups":[`...)
	for i := range groups {
		if i > 0 {
			out = append(out, ',')
		}
		kind := "indirect"
		if groups[i].Direct {
			kind = "direct"
		}
		out = a.appendReference(out, t.Groups, groups[i].ID, groups[i].Type, kind, groups[i].Label, p)
	}
	return append(out, ']')
}

// streamMembers appends the members of a group and writes as it goes.
func (a *answer) streamMembers(w io.Writer, out []byte, t *schema.ResourceType, group uuid.UUID, p *schema.Projection) ([]byte, error) {
	for n := 0; ; n++ {
		m, ok, err := a.members.of(group)
		if err != nil {
			return out, err
		}
		if !ok {
			if n > 0 {
				out = append(out, ']')
			}
			return out, nil
		}
		if n == 0 {
			out = append(out, `,"members":[`...)
		} else {
			out = append(out, ',')
		}
		out = a.appendReference(out, t.Members, m.Member, m.Type, m.Type, "", p)
		if len(out) > flushAt {
			if _, err := w.Write(out); err != nil {
				return out, err
			}
			out = out[:0]
		}
	}
}

// appendReference appends one element of groups or members: what the schema
// defines of value, $ref, display and type.
func (a *answer) appendReference(out []byte, attribute *schema.Attribute, id uuid.UUID, resourceType, kind, display string, p *schema.Projection) []byte {
	out = append(out, '{')
	first := true
	for _, sub := range attribute.Sub {
		if !p.Includes(sub) {
			continue
		}
		start := len(out)
		if !first {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, sub.Name...)
		out = append(out, `":"`...)
		switch sub.Name {
		case "value":
			out = appendID(out, id)
		case "$ref":
			target, ok := a.provider.types.Type(resourceType)
			if !ok {
				out = out[:start]
				continue
			}
			out = appendPath(append(out, a.caller.Base...), target, id)
		case "type":
			out = append(out, kind...)
		case "display":
			if display == "" {
				out = out[:start]
				continue
			}
			out = appendQuoted(out[:len(out)-1], display)
			first = false
			continue
		default:
			out = out[:start]
			continue
		}
		out = append(out, '"')
		first = false
	}
	return append(out, '}')
}

func appendID(out []byte, id uuid.UUID) []byte {
	const digits = "0123456789abcdef"
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, digits[b>>4], digits[b&15])
	}
	return out
}
