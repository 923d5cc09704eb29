package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// desk is an operator's browser on a directory, and what pages are about.
type desk struct {
	*directory
	client                  *http.Client
	user, group, connection string
}

// The directory of the console is written without the server, from one user that
// the server made: one in ten is suspended, one in a hundred locked, one in ten
// has a role, one in twenty a tag, so that a page of a list is full in both; four in five have signed in, over
// the last two years, and more than one in twenty today. Times lie in the past, as they mostly do.
const (
	moreUsers = `WITH model AS MATERIALIZED (SELECT * FROM resource WHERE uniq = 'user0000000@example.com')
	INSERT INTO resource (tenant, type, id, uniq, external_id, sort_name, label, created, modified, version, facts_revision, status, reason, source, source_client, api_only, due, doc, idx)
	SELECT r.tenant, r.type, gen_random_uuid(), replace(r.uniq, 'user0000000', k), replace(r.external_id, 'user0000000', k), 'given' || n || ' family' || n, 'Given' || n || ' Family' || n,
		now() - interval '1 hour' - n % 700 * interval '1 day' - n % 86400 * interval '1 second', now() - interval '1 hour' - n % 86400 * interval '1 second', 1, 1,
		CASE WHEN n % 10 = 1 THEN 'Suspended' WHEN n % 100 = 2 THEN 'Locked' ELSE 'Active' END, CASE WHEN n % 10 = 1 THEN 'suspended' WHEN n % 100 = 2 THEN 'locked' ELSE '' END,
		(ARRAY['scim', 'directorySync', 'local'])[1 + n % 3], CASE WHEN n % 3 < 2 THEN 'default' END, false, now() + (1 + n % 90) * interval '1 day',
		jsonb_set(jsonb_set(doc::jsonb, '{roles}', CASE WHEN n % 10 = 0 THEN jsonb_build_array(jsonb_build_object('value', 'Role' || n % 20)) ELSE '[]' END),
			'{urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User}', jsonb_build_object('tags', CASE WHEN n % 20 = 0 THEN jsonb_build_array('Tag0') ELSE '[]' END))::text,
		jsonb_set(jsonb_set(idx, ARRAY[r.tenant || '/User', 'roles'], CASE WHEN n % 10 = 0 THEN jsonb_build_array(jsonb_build_object('value', 'role' || n % 20)) ELSE '[]' END),
			ARRAY[r.tenant || '/User', 'urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User'], jsonb_build_object('tags', CASE WHEN n % 20 = 0 THEN jsonb_build_array('tag0') ELSE '[]' END))
	FROM generate_series(1, $1::int) n CROSS JOIN LATERAL (SELECT 'user' || lpad(n::text, 7, '0') AS k) names
	CROSS JOIN LATERAL (SELECT o.tenant, o.type, o.uniq, o.external_id, replace(replace(replace(o.doc, 'user0000000', k), 'Given0', 'Given' || n), 'Family0', 'Family' || n) AS doc,
		replace(replace(replace(o.idx::text, 'user0000000', k), 'given0', 'given' || n), 'family0', 'family' || n)::jsonb AS idx FROM model o OFFSET 0) r`
	moreUse = `INSERT INTO activity (tenant, type, id, revision, last_login, failed)
	SELECT r.tenant, r.type, r.id, 1, CASE WHEN abs(hashtext(r.id::text)) % 50 < 4 THEN now() - (now() - date_trunc('day', now())) * random() ELSE r.created + (now() - r.created) * random() END, 0
	FROM resource r WHERE r.type = 'User' AND abs(hashtext(r.id::text)) % 5 > 0`
	moreGroups = `INSERT INTO resource (tenant, type, id, uniq, label, created, modified, version, facts_revision, status, reason, api_only, doc, idx)
	SELECT t.id, 'Group', gen_random_uuid(), 'team ' || lpad(n::text, 7, '0'), 'Team ' || lpad(n::text, 7, '0'), now() - interval '1 day', now() - interval '1 day', 1, 1, '', '', false,
		json_build_object('schemas', ARRAY['urn:ietf:params:scim:schemas:core:2.0:Group'], 'displayName', 'Team ' || lpad(n::text, 7, '0'))::text, jsonb_build_object(t.id || '/Group', '{}'::jsonb)
	FROM tenant t, generate_series(1, $1::int) n WHERE t.name = 'default'`
	// Team 1 has a tenth of the users, each other one fifty.
	moreMembers = `WITH u AS MATERIALIZED (SELECT r.tenant, r.id, row_number() OVER () AS n FROM resource r WHERE r.type = 'User'),
		g AS MATERIALIZED (SELECT r.tenant, r.id, row_number() OVER (ORDER BY r.uniq) AS n, count(*) OVER () AS total FROM resource r WHERE r.type = 'Group')
	INSERT INTO member (tenant, group_id, group_type, member_id, type)
	SELECT g.tenant, g.id, 'Group', u.id, 'User' FROM u JOIN g ON g.n = 1 WHERE u.n % 10 = 0
	UNION ALL SELECT g.tenant, g.id, 'Group', u.id, 'User' FROM u JOIN g ON g.n = 1 + u.n / 50 % (SELECT max(total) FROM g) AND g.n > 1`
	moreAudit = `INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT r.tenant, r.type, r.id, 1, r.created, 'connection', 'bench', 'user.create', '', '', '{}' FROM resource r WHERE r.type = 'User'`
	moreDeparted = `INSERT INTO departed (tenant, type, id, uniq, label, created, modified, version, doc, idx, unique_values, groups, members, deleted_at, purge_after, kept, facts_revision, status, reason, api_only)
	SELECT r.tenant, r.type, gen_random_uuid(), r.uniq, r.label, r.created, r.modified, 2, r.doc, r.idx, '[]', '[]', '[]', now() - random() * interval '30 days', now() + interval '30 days', false, 2, 'Deprovisioned', 'deprovisioned', false
	FROM resource r WHERE r.type = 'User' AND abs(hashtext(r.id::text)) % 10 = 0`
	// A letter for one in ten.
	moreJobs = `INSERT INTO job (tenant, id, kind, state, actor_kind, actor_id, request_id, run_after, created, started, finished, expires)
	SELECT r.tenant, gen_random_uuid(), 'mail', 'succeeded', 'operator', '', '', r.created, r.created, r.created, r.created, now() + interval '7 days'
	FROM resource r WHERE r.type = 'User' AND abs(hashtext(r.id::text)) % 10 = 1`
	// A token for one in ten, which works for three in four.
	moreTokens = `INSERT INTO token (prefix, tenant, connection, hash, scopes, subject, created, expires, revoked, last_used)
	SELECT left(md5(r.id::text), 12), r.tenant, c.id, '\x00', ARRAY['scim:read'], r.id, r.created, CASE WHEN n % 2 = 0 THEN now() + interval '30 days' END,
		CASE WHEN n % 4 = 3 THEN now() END, CASE WHEN n % 3 = 0 THEN now() - interval '1 hour' END
	FROM (SELECT o.tenant, o.id, o.created, row_number() OVER () AS n FROM resource o WHERE o.type = 'User' AND abs(hashtext(o.id::text)) % 10 = 2) r
	JOIN connection c ON c.tenant = r.tenant AND c.name = 'default'`
	moreCounted = `INSERT INTO resource_count (tenant, type, slot, n) SELECT tenant, type, 1000000, count(*) FROM resource GROUP BY tenant, type`
)

// openDesk makes a directory with so many users and signs an operator in.
func (b *bed) openDesk(ctx context.Context, users int) (*desk, error) {
	directory, err := b.open(ctx, fmt.Sprintf("console%d", users), 1)
	if err != nil {
		return nil, err
	}
	d := &desk{directory: directory}
	d.users = users
	begin := time.Now()
	if err := d.populate(ctx); err != nil {
		return nil, err
	}
	slog.Info("directory of the console filled", "users", users, "took", time.Since(begin).Round(time.Millisecond))
	return d, d.signIn(ctx, b)
}

// populate writes the directory. What is indexed at once is indexed faster.
func (d *desk) populate(ctx context.Context) error {
	rows, err := d.pool.Query(ctx, `SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = 'resource' AND i.indexname NOT IN ('resource_key', 'resource_uniq_key')`)
	if err != nil {
		return err
	}
	var later []string
	var first []string
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return err
		}
		first, later = append(first, "DROP INDEX "+name), append(later, definition)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, sql := range first {
		if _, err := d.pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if _, err := d.pool.Exec(ctx, moreUsers, d.users-1); err != nil {
		return fmt.Errorf("users: %w", err)
	}
	if _, err := d.pool.Exec(ctx, moreGroups, max(60, d.users/100)); err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	for _, sql := range append([]string{moreUse, "ANALYZE resource", moreMembers, moreAudit, moreDeparted, moreJobs, moreTokens, "DELETE FROM resource_count", moreCounted}, append(later, "VACUUM ANALYZE", "CHECKPOINT")...) {
		if _, err := d.pool.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.60s: %w", sql, err)
		}
	}
	const user = `SELECT r.id::text FROM resource r JOIN activity a USING (tenant, type, id)
		JOIN token k ON k.tenant = r.tenant AND k.subject = r.id WHERE r.type = 'User' AND r.status = 'Active' ORDER BY r.id LIMIT 1`
	if err := d.pool.QueryRow(ctx, user).Scan(&d.user); err != nil {
		return err
	}
	if err := d.pool.QueryRow(ctx, `SELECT c.id::text FROM connection c WHERE c.name = 'default'`).Scan(&d.connection); err != nil {
		return err
	}
	return d.pool.QueryRow(ctx, `SELECT r.id::text FROM resource r WHERE r.type = 'Group' ORDER BY r.uniq LIMIT 1`).Scan(&d.group)
}

// signIn makes an operator and follows its link.
func (d *desk) signIn(ctx context.Context, b *bed) error {
	ask := func(path, body string) (map[string]any, error) {
		answer, err := b.send(ctx, http.MethodPost, d.base+"/api/v1"+path, []byte(body), http.StatusCreated)
		if err != nil {
			return nil, err
		}
		var told map[string]any
		return told, json.Unmarshal(answer, &told)
	}
	made, err := ask("/operators", `{"name":"bench","role":"owner"}`)
	if err != nil {
		return err
	}
	linked, err := ask(fmt.Sprintf("/operators/%s/link", made["id"]), "")
	if err != nil {
		return err
	}
	_, secret, _ := strings.Cut(linked["link"].(string), "?link=")
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	d.client = &http.Client{Jar: jar}
	form := url.Values{"link": {secret}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+"/console/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := d.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Request.URL.Path != "/console" {
		return fmt.Errorf("sign in: status %d at %s", response.StatusCode, response.Request.URL.Path)
	}
	return nil
}
