package postgres

import (
	"strings"

	"rollcall/store"
)

// createShape is what a create comes with. Each shape has its own prepared
// statement, so that the plain create pays for nothing else.
type createShape struct {
	unique, members, password, counted bool
	// dated says that facts are given beyond what most accounts have.
	dated bool
	// postponed says that the members join later in the commit: some of them
	// do not exist yet.
	postponed bool
	// events is the number of events: none, one or many.
	events int
}

const manyEvents = 2

// createSQL are the statements by shape.
var createSQL = func() map[createShape]string {
	texts := make(map[createShape]string)
	flags := []bool{false, true}
	for _, unique := range flags {
		for _, members := range flags {
			for _, password := range flags {
				for _, counted := range flags {
					for _, dated := range flags {
						for events := range manyEvents + 1 {
							shape := createShape{unique: unique, members: members, password: password, counted: counted, dated: dated, events: events}
							texts[shape] = shape.sql()
							if members && !counted {
								shape.postponed = true
								texts[shape] = shape.sql()
							}
						}
					}
				}
			}
		}
	}
	return texts
}()

// sql builds the one statement of a create: the resource and all that comes
// with it. The arguments are those of createArgs, in that order.
func (c createShape) sql() string {
	var text strings.Builder
	next := 17
	arg := func() string {
		next++
		return "$" + itoa(int64(next))
	}
	args := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = arg()
		}
		return strings.Join(list, ", ")
	}
	names, dates := ", api_only", ", false"
	if c.dated {
		names, dates = ", "+strings.Join(dateNames, ", "), ", "+args(len(dateNames))
	}
	text.WriteString(`WITH made AS (
	INSERT INTO resource (tenant, type, id, uniq, external_id, sort_name, label, created, modified, doc, idx,
		status, reason, state, source, source_client, due, version, facts_revision` + names + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1, 1` + dates + `))`)
	at := "$" + itoa(int64(next)+1)
	trail := args(7)
	added := "NULL"
	if c.unique {
		text.WriteString(`, claimed AS (
	INSERT INTO unique_value (tenant, type, id, attribute, value)
	SELECT $1, $2, $3, u.attribute, u.value FROM unnest(` + arg() + `::text[], ` + arg() + `::text[]) AS u (attribute, value))`)
	}
	switch {
	case c.postponed:
		added = "ARRAY(SELECT DISTINCT u.id FROM unnest(" + arg() + "::uuid[]) AS u (id) ORDER BY 1)"
	case c.members:
		// The row itself is not there yet for a sub-query to see: a group that
		// is its own member is a case apart.
		ids := arg()
		text.WriteString(`, named AS (SELECT DISTINCT u.id FROM unnest(` + ids + `::uuid[]) AS u (id) WHERE u.id <> $3), ` + living("named", arg()) + `,
	members AS (SELECT l.id, l.type FROM living l UNION ALL SELECT $3::uuid, $2::text WHERE $3 = ANY(` + ids + `::uuid[])), joined AS (
	INSERT INTO member (tenant, group_id, group_type, member_id, type) SELECT $1, $3, $2, m.id, m.type FROM members m)`)
		added = "ARRAY(SELECT m.id FROM members m ORDER BY m.id)"
	}
	if c.password {
		text.WriteString(`, secret AS (
	INSERT INTO credential (tenant, type, id, password_hash) VALUES ($1, $2, $3, ` + arg() + `))`)
	}
	switch c.events {
	case 0:
	case 1:
		text.WriteString(`, told AS (
	INSERT INTO outbox (tenant, type, subject, version, at, event, payload) VALUES ($1, $2, $3, 1, ` + at + `, ` + args(2) + `))`)
	default:
		text.WriteString(`, told AS (
	INSERT INTO outbox (tenant, type, subject, version, at, event, payload)
	SELECT $1, $2, $3, 1, ` + at + `, e.event, e.payload::json
	FROM unnest(` + arg() + `::text[], ` + arg() + `::text[]) WITH ORDINALITY AS e (event, payload, n) ORDER BY e.n)`)
	}
	if c.counted {
		text.WriteString(`, counted AS (
	INSERT INTO resource_count (tenant, type, slot, n) VALUES ($1, $2, pg_backend_pid() % ` + slots + `, 1)
	ON CONFLICT (tenant, type, slot) DO UPDATE SET n = resource_count.n + 1)`)
	}
	audit := `INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes, added)
	VALUES ($1, $2, $3, 1, ` + trail + `, ` + added + `)`
	if !c.members {
		return text.String() + "\n" + audit
	}
	link := namedSQL + `unnest(n.added) AS u (id)`
	text.WriteString(`, noted AS (` + audit + ` RETURNING at, id, added)`)
	if c.postponed {
		return text.String() + "\n" + link
	}
	return text.String() + `, linked AS (` + link + `)
	SELECT rollcall_require_members(` + missing("named") + `)`
}

// living is a CTE: those of the ids in a relation that exist, locked so that
// they cannot be deleted before the commit. A sub-query that locks is not
// flattened: each id is looked up by key, however many the planner expects.
func living(relation, types string) string {
	return `living AS MATERIALIZED (SELECT r.id, r.type FROM ` + relation + ` n CROSS JOIN unnest(` + types + `::text[]) AS t (type) CROSS JOIN LATERAL (
	SELECT r.id, r.type FROM resource r WHERE r.tenant = $1 AND r.type = t.type AND r.id = n.id FOR KEY SHARE) r)`
}

// missing is an array: up to ten of the ids in a relation that are not living.
func missing(relation string) string {
	return `ARRAY(SELECT n.id FROM ` + relation + ` n EXCEPT SELECT l.id FROM living l LIMIT 10)`
}

// joinSQL adds the members of a group that was created before some of them.
var joinSQL = `WITH named AS (SELECT DISTINCT u.id FROM unnest($4::uuid[]) AS u (id)), ` + living("named", "$5") + `,
	joined AS (INSERT INTO member (tenant, group_id, group_type, member_id, type) SELECT $1, $3, $2, l.id, l.type FROM living l)
	SELECT rollcall_require_members(` + missing("named") + `)`

// join adds the members of the create at an index.
func (p *plan) join(at int, change *store.Create) {
	key := change.Record.Key
	p.steps = append(p.steps, step{
		change: at, sql: joinSQL,
		args: []any{int64(key.Tenant), key.Type, id(key.ID), idArray(change.Members), change.MemberTypes},
	})
}

func (p *plan) create(at int, change *store.Create, counted, postponed bool) {
	shape := createShape{
		unique: len(change.Unique) > 0, members: len(change.Members) > 0, password: change.PasswordHash != "",
		counted: counted, postponed: postponed, dated: dated(&change.Record.Facts), events: min(len(change.Trail.Events), manyEvents),
	}
	p.steps = append(p.steps, step{change: at, sql: createSQL[shape], args: createArgs(shape, change)})
	p.committed[at] = store.Committed{Version: 1, Modified: stored(change.Record.Modified), Changed: true}
}

func createArgs(shape createShape, change *store.Create) []any {
	record := &change.Record
	facts := &record.Facts
	args := append(make([]any, 0, 48),
		int64(record.Tenant), record.Type, id(record.ID), orNull(record.Name), orNull(record.ExternalID), orNull(record.SortName),
		record.Label, record.Created, record.Modified, record.Document, nestIndex(record.Key, record.Index),
		facts.Status, facts.Reason, textOrNull(facts.State), orNull(facts.Source), orNull(facts.SourceClient), timeOrNull(facts.Due))
	if shape.dated {
		args = append(args, dateArgs(facts)...)
	}
	args = append(args, auditArgs(&change.Trail.Audit)...)
	if shape.unique {
		args = append(args, uniqueArgs(change.Unique)...)
	}
	if shape.members {
		args = append(args, idArray(change.Members))
		if !shape.postponed {
			args = append(args, change.MemberTypes)
		}
	}
	if shape.password {
		args = append(args, change.PasswordHash)
	}
	switch shape.events {
	case 0:
	case 1:
		args = append(args, change.Trail.Events[0].Type, object(change.Trail.Events[0].Payload))
	default:
		args = append(args, eventArgs(change.Trail.Events)...)
	}
	return args
}

// nestIndex puts a search shadow under the key of its tenant and type.
func nestIndex(key store.Key, index []byte) []byte {
	if len(index) == 0 {
		index = []byte("{}")
	}
	name := shadowKey(key.Tenant, key.Type)
	nested := make([]byte, 0, len(name)+len(index)+5)
	nested = append(nested, `{"`...)
	nested = append(nested, name...)
	nested = append(nested, `":`...)
	nested = append(nested, index...)
	return append(nested, '}')
}
