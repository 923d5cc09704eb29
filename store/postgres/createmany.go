package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// manyCreates is how many creates in a row are written as sets: one statement
// a table instead of one a resource, which costs half.
const manyCreates = 4

// mostCreates bounds one set: buffers that fit into the processor's cache are
// cheaper than fewer statements.
const mostCreates = 50

const (
	createManySQL = `INSERT INTO resource (tenant, type, id, uniq, external_id, sort_name, label, created, modified, doc, idx,
		status, reason, state, source, source_client, due, api_only, version, facts_revision)
	SELECT x.tenant, x.type, x.id, nullif(x.uniq, ''), nullif(x.external_id, ''), nullif(x.sort_name, ''), x.label, x.created, x.modified,
		x.doc, x.idx::jsonb, x.status, x.reason, nullif(x.state, ''), nullif(x.source, ''), nullif(x.source_client, ''), x.due, false, 1, 1
	FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[],
		$10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::timestamptz[])
		AS x (tenant, type, id, uniq, external_id, sort_name, label, created, modified, doc, idx, status, reason, state, source, source_client, due)`

	auditManySQL = `INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT x.tenant, x.type, x.id, 1, x.at, x.actor_kind, x.actor_id, x.action, x.request_id, x.reason, x.changes::json
	FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
		WITH ORDINALITY AS x (tenant, type, id, at, actor_kind, actor_id, action, request_id, reason, changes, n) ORDER BY x.n`

	outboxManySQL = `INSERT INTO outbox (tenant, type, subject, version, at, event, payload)
	SELECT x.tenant, x.type, x.id, 1, x.at, x.event, x.payload::json
	FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[])
		WITH ORDINALITY AS x (tenant, type, id, at, event, payload, n) ORDER BY x.n`

	claimManySQL = `INSERT INTO unique_value (tenant, type, id, attribute, value)
	SELECT x.tenant, x.type, x.id, x.attribute, x.value
	FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[], $5::text[]) AS x (tenant, type, id, attribute, value)`

	secretManySQL = `INSERT INTO credential (tenant, type, id, password_hash)
	SELECT x.tenant, x.type, x.id, x.hash
	FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[]) AS x (tenant, type, id, hash)`
)

// createRun is how many of the changes, from the first on, are creates that can
// be written as sets: those without members and without facts that few have.
func createRun(changes []store.Change) int {
	for i, change := range changes {
		if create, ok := change.(*store.Create); !ok || len(create.Members) > 0 || dated(&create.Record.Facts) || i == mostCreates {
			return i
		}
	}
	return len(changes)
}

// keys are the columns that every table begins with.
type keys struct {
	tenants []int64
	types   []string
	ids     idArray
}

func (k *keys) add(key store.Key) {
	k.tenants, k.types, k.ids = append(k.tenants, int64(key.Tenant)), append(k.types, key.Type), append(k.ids, key.ID)
}

func (k *keys) args(columns ...any) []any {
	return append([]any{k.tenants, k.types, k.ids}, columns...)
}

// texts are text columns of many rows.
type texts [][]string

func (t texts) add(row ...string) {
	for i, value := range row {
		t[i] = append(t[i], value)
	}
}

// createMany adds the statements that write the creates of changes, all of
// which have the form that createRun asks for.
func (p *plan) createMany(at int, changes []store.Change) {
	p.sets = true
	p.createResources(at, changes)
	p.createClaims(at, changes)
	p.createSecrets(at, changes)
	p.createTrails(at, changes)
	for i, change := range changes {
		modified := change.(*store.Create).Record.Modified
		p.committed[at+i] = store.Committed{Version: 1, Modified: stored(modified), Changed: true}
	}
}

func (p *plan) createResources(at int, changes []store.Change) {
	var k keys
	var created, modified []time.Time
	var due []pgtype.Timestamptz
	t := make(texts, 11)
	for _, change := range changes {
		record := &change.(*store.Create).Record
		k.add(record.Key)
		created, modified = append(created, record.Created), append(modified, record.Modified)
		facts := &record.Facts
		due = append(due, timeOrNull(facts.Due))
		t.add(record.Name, record.ExternalID, record.SortName, record.Label, string(record.Document), string(nestIndex(record.Key, record.Index)),
			facts.Status, facts.Reason, string(facts.State), facts.Source, facts.SourceClient)
	}
	p.steps = append(p.steps, step{change: at, sql: createManySQL, args: k.args(
		t[0], t[1], t[2], t[3], created, modified, t[4], t[5], t[6], t[7], t[8], t[9], t[10], due)})
}

func (p *plan) createClaims(at int, changes []store.Change) {
	var k keys
	t := make(texts, 2)
	for _, change := range changes {
		create := change.(*store.Create)
		for _, value := range create.Unique {
			k.add(create.Record.Key)
			t.add(value.Attribute, value.Value)
		}
	}
	if len(k.ids) > 0 {
		p.steps = append(p.steps, step{change: at, sql: claimManySQL, args: k.args(t[0], t[1])})
	}
}

func (p *plan) createSecrets(at int, changes []store.Change) {
	var k keys
	t := make(texts, 1)
	for _, change := range changes {
		if create := change.(*store.Create); create.PasswordHash != "" {
			k.add(create.Record.Key)
			t.add(create.PasswordHash)
		}
	}
	if len(k.ids) > 0 {
		p.steps = append(p.steps, step{change: at, sql: secretManySQL, args: k.args(t[0])})
	}
}

func (p *plan) createTrails(at int, changes []store.Change) {
	var audits, events keys
	var auditTimes, eventTimes []time.Time
	a, e := make(texts, 6), make(texts, 2)
	for _, change := range changes {
		create := change.(*store.Create)
		audit := &create.Trail.Audit
		audits.add(create.Record.Key)
		auditTimes = append(auditTimes, audit.At)
		a.add(audit.ActorKind, audit.ActorID, audit.Action, audit.RequestID, audit.Reason, string(object(audit.Changes)))
		for _, event := range create.Trail.Events {
			events.add(create.Record.Key)
			eventTimes = append(eventTimes, audit.At)
			e.add(event.Type, string(object(event.Payload)))
		}
	}
	p.steps = append(p.steps, step{change: at, sql: auditManySQL, args: audits.args(auditTimes, a[0], a[1], a[2], a[3], a[4], a[5])})
	if len(events.ids) > 0 {
		p.steps = append(p.steps, step{change: at, sql: outboxManySQL, args: events.args(eventTimes, e[0], e[1])})
	}
}
