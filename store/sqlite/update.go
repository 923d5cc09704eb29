package sqlite

import (
	"context"

	"rollcall/store"
)

type alteration struct {
	*store.Update
	shadow shadow
}

func prepareUpdate(update *store.Update) (change, error) {
	ready := alteration{Update: update}
	if update.Record == nil {
		return ready, nil
	}
	shadow, err := readShadow(update.Record.Index)
	ready.shadow = shadow
	return ready, err
}

func (update alteration) apply(ctx context.Context, c commit) (store.Committed, error) {
	found, err := c.find(ctx, update.Key, update.Match, update.MatchFacts)
	if err != nil {
		return store.Committed{}, err
	}
	moved, err := c.members(ctx, update.Key, update.Members, update.MemberTypes)
	if err != nil {
		return store.Committed{}, err
	}
	if err := update.values(ctx, c, found.rid); err != nil {
		return store.Committed{}, err
	}
	if err := update.note(ctx, c, found.rid); err != nil {
		return store.Committed{}, err
	}
	done := store.Committed{Version: found.version, Modified: instant(found.modified)}
	if update.moving() || !moved.none() {
		if err := c.touch(ctx, update, found.rid); err != nil {
			return store.Committed{}, err
		}
		done = store.Committed{Version: found.version + 1, Modified: instant(max(found.modified, micros(update.Modified))), Changed: true}
	}
	if done.Changed || update.noting() && update.Trail.Audit.Action != "" {
		err = c.trail(ctx, update.Key, done.Version, update.Trail, moved)
	}
	return done, err
}

// moving reports whether an update moves the version whatever its members do.
func (update alteration) moving() bool {
	return update.Record != nil || update.PasswordHash != nil || update.Facts != nil && !update.Noted
}

// noting reports whether an update writes anything that moves no version. What
// is noted without an action has no trail.
func (update alteration) noting() bool {
	return update.Facts != nil || update.Activity != nil || len(update.SignIns) > 0 || len(update.Links) > 0 ||
		len(update.Jobs) > 0 || update.RevokeTokens
}

// values gives up and takes unique values and the password.
func (update alteration) values(ctx context.Context, c commit, rid int64) error {
	if err := c.release(ctx, update.Key, rid, update.Release); err != nil {
		return err
	}
	if err := c.claim(ctx, update.Key, rid, update.Claim); err != nil {
		return err
	}
	if update.PasswordHash == nil {
		return nil
	}
	return c.password(ctx, rid, *update.PasswordHash)
}

// note writes what by itself moves no version.
func (update alteration) note(ctx context.Context, c commit, rid int64) error {
	if update.Facts != nil {
		_, err := c.exec(ctx, `UPDATE resource SET `+factAssignments+` WHERE rid = ?`, append(factValues(update.Facts), rid)...)
		if err != nil {
			return err
		}
	}
	if err := c.activity(ctx, update.Update); err != nil {
		return err
	}
	if err := c.links(ctx, update.Key, update.Links); err != nil {
		return err
	}
	if err := c.jobs(ctx, update.Jobs); err != nil {
		return err
	}
	if !update.RevokeTokens {
		return nil
	}
	return c.revoke(ctx, update.Key, update.Modified)
}

const updateResource = `
	UPDATE resource SET version = version + 1, modified = max(modified, ?), name = ?, external_id = ?, sort_name = ?, label = ?, doc = ?
	WHERE rid = ?`

// touch moves the version on, with the record where there is one.
func (c commit) touch(ctx context.Context, update alteration, rid int64) error {
	record := update.Record
	if record == nil {
		_, err := c.exec(ctx, `UPDATE resource SET version = version + 1, modified = max(modified, ?) WHERE rid = ?`, micros(update.Modified), rid)
		return err
	}
	_, err := c.exec(ctx, updateResource,
		micros(update.Modified), optional(record.Name), optional(record.ExternalID), optional(record.SortName), record.Label, string(record.Document), rid)
	if taken(err) {
		return &store.UniquenessError{Attribute: store.NameAttribute}
	}
	if err != nil {
		return err
	}
	return c.reindex(ctx, update.Key, rid, update.shadow)
}

// reindex replaces the search shadow and its rows, if it is another one.
func (c commit) reindex(ctx context.Context, key store.Key, rid int64, shadow shadow) error {
	changed, err := c.exec(ctx, `UPDATE resource SET idx = jsonb(?1) WHERE rid = ?2 AND idx <> jsonb(?1)`, shadow.index, rid)
	if err != nil || changed == 0 {
		return err
	}
	if _, err := c.exec(ctx, `DELETE FROM attr WHERE rid = ?`, rid); err != nil {
		return err
	}
	return c.index(ctx, key, rid, shadow)
}

// release gives up unique values, as far as the resource holds them.
func (c commit) release(ctx context.Context, key store.Key, rid int64, values []store.UniqueValue) error {
	for _, value := range values {
		_, err := c.exec(ctx, `DELETE FROM unique_value WHERE tenant = ? AND type = ? AND attribute = ? AND value = ? AND rid = ?`,
			int64(key.Tenant), key.Type, value.Attribute, value.Value, rid)
		if err != nil {
			return err
		}
	}
	return nil
}
