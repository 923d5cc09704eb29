package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// The groups that are measured: one as large as they get and one as they
// mostly are.
const (
	bigGroup   = 100_000
	smallGroup = 10
)

// groupDirectory is a directory with both groups. spare users are in neither.
type groupDirectory struct {
	*directory
	small, big string
	spare      []string
}

const (
	addUsers = `INSERT INTO resource (tenant, type, id, uniq, label, created, modified, version, facts_revision, status, reason, api_only, doc, idx)
	SELECT t.id, 'User', gen_random_uuid(), 'crowd' || n, 'crowd' || n, now(), now(), 1, 1, 'Active', '', false, '{}', '{}'
	FROM tenant t, generate_series(1, $1::int) n WHERE t.name = 'default'`
	addMembers = `INSERT INTO member (tenant, group_id, group_type, member_id, type)
	SELECT r.tenant, $1::uuid, 'Group', r.id, 'User' FROM resource r WHERE r.uniq LIKE 'crowd%' ORDER BY r.id LIMIT $2`
)

// groupBed makes the directory, its crowd without the server: only what is
// done to the groups is measured.
func (b *bed) groupBed(ctx context.Context) (*groupDirectory, error) {
	if b.groups != nil {
		return b.groups, nil
	}
	d, err := b.open(ctx, "groups", smallUsers)
	if err != nil {
		return nil, err
	}
	g := &groupDirectory{directory: d, spare: d.ids}
	if _, err := d.pool.Exec(ctx, addUsers, bigGroup); err != nil {
		return nil, err
	}
	for size, id := range map[int]*string{smallGroup: &g.small, bigGroup: &g.big} {
		body := fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Group of %d"}`, size)
		answer, err := b.send(ctx, http.MethodPost, d.base+"/scim/v2/Groups", body, http.StatusCreated)
		if err != nil {
			return nil, err
		}
		var created struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(answer, &created); err != nil {
			return nil, err
		}
		if _, err := d.pool.Exec(ctx, addMembers, created.ID, size); err != nil {
			return nil, err
		}
		*id = created.ID
	}
	for _, sql := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := d.pool.Exec(ctx, sql); err != nil {
			return nil, err
		}
	}
	b.groups = g
	return g, nil
}

// measureMember compares adding one member to a large and to a small group.
// Every second request takes the member out again, so that neither grows.
func measureMember(ctx context.Context, b *bed) (result, error) {
	g, err := b.groupBed(ctx)
	if err != nil {
		return result{}, err
	}
	patch := func(group string) func(context.Context, int) error {
		return func(ctx context.Context, n int) error {
			op := [...]string{"add", "remove"}[n%2]
			body := fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":%q,"path":"members","value":[{"value":%q}]}]}`,
				op, g.spare[n/2%len(g.spare)])
			_, err := b.send(ctx, http.MethodPatch, g.base+"/scim/v2/Groups/"+group, body, http.StatusNoContent)
			return err
		}
	}
	return compareLatencies(ctx, patch(g.small), patch(g.big), fmt.Sprint(smallGroup), fmt.Sprint(bigGroup))
}

// measureGroup compares reading a large and a small group without members.
func measureGroup(ctx context.Context, b *bed) (result, error) {
	g, err := b.groupBed(ctx)
	if err != nil {
		return result{}, err
	}
	get := func(group string) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			_, err := b.send(ctx, http.MethodGet, g.base+"/scim/v2/Groups/"+group+"?excludedAttributes=members", nil, http.StatusOK)
			return err
		}
	}
	return compareLatencies(ctx, get(g.small), get(g.big), fmt.Sprint(smallGroup), fmt.Sprint(bigGroup))
}
