package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"rollcall/store"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// storable reports whether the database takes a text: it holds neither NUL nor
// what is not UTF-8.
func storable(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// storableJSON is storable for a JSON text; an escaped NUL counts as one.
func storableJSON(document []byte) bool {
	return utf8.Valid(document) && bytes.IndexByte(document, 0) < 0 && !escapesNUL(document)
}

// escapesNUL looks for \u0000 behind an even number of backslashes.
func escapesNUL(document []byte) bool {
	for at := 0; ; {
		found := bytes.Index(document[at:], []byte(`\u0000`))
		if found < 0 {
			return false
		}
		start := at + found
		before := start
		for before > 0 && document[before-1] == '\\' {
			before--
		}
		if (start-before)%2 == 0 {
			return true
		}
		at = start + 1
	}
}

// invalid names the field, never its value.
func invalid(field string) error { return fmt.Errorf("%s: %w", field, store.ErrInvalid) }

func checkKey(field, key string) error {
	if len(key) > store.MaxKeyBytes || !storable(key) {
		return invalid(field)
	}
	return nil
}

func checkTexts(field string, texts ...string) error {
	for _, text := range texts {
		if !storable(text) {
			return invalid(field)
		}
	}
	return nil
}

func checkDocuments(field string, documents ...[]byte) error {
	for _, document := range documents {
		if !storableJSON(document) {
			return invalid(field)
		}
	}
	return nil
}

func checkRecord(record *store.Record) error {
	if err := checkKey("name", record.Name); err != nil {
		return err
	}
	if err := checkKey("externalId", record.ExternalID); err != nil {
		return err
	}
	// The sort name is the key of an index as well.
	if err := checkKey("sort name", record.SortName); err != nil {
		return err
	}
	if err := checkTexts("label", record.Label); err != nil {
		return err
	}
	return checkDocuments("document", record.Document, record.Index)
}

func checkUnique(values []store.UniqueValue) error {
	for _, value := range values {
		if err := checkKey("unique value", value.Value); err != nil {
			return err
		}
		if err := checkTexts("unique value", value.Attribute); err != nil {
			return err
		}
	}
	return nil
}

// checkAudit bounds what the trail is searched by: these are keys.
func checkAudit(audit *store.Audit) error {
	return firstError(checkKey("actor", audit.ActorKind), checkKey("actor", audit.ActorID), checkKey("action", audit.Action),
		checkKey("request id", audit.RequestID), checkTexts("reason", audit.Reason), checkDocuments("audit", audit.Changes))
}

func checkTrail(trail *store.Trail) error {
	if err := checkAudit(&trail.Audit); err != nil {
		return err
	}
	for _, event := range trail.Events {
		if err := checkTexts("event", event.Type); err != nil {
			return err
		}
		if err := checkDocuments("event", event.Payload); err != nil {
			return err
		}
	}
	return nil
}

// checkChange refuses what the database would refuse, before it is asked.
func checkChange(change store.Change) error {
	switch change := change.(type) {
	case *store.Create:
		return firstError(checkRecord(&change.Record), checkFacts(&change.Record.Facts), checkUnique(change.Unique),
			checkTexts("password", change.PasswordHash), checkTrail(&change.Trail))
	case *store.Update:
		return checkUpdate(change)
	case *store.Delete:
		if change.Facts == nil {
			return checkTrail(&change.Trail)
		}
		return firstError(checkFacts(change.Facts), checkTrail(&change.Trail))
	case *store.Restore:
		return firstError(checkRecord(&change.Record), checkFacts(&change.Record.Facts), checkUnique(change.Unique),
			checkTexts("password", change.PasswordHash), checkTrail(&change.Trail))
	case *store.Amend:
		return firstError(checkFacts(&change.Facts), checkTrail(&change.Trail))
	case *store.Purge:
		return checkTrail(&change.Trail)
	case *store.SetTally:
		return firstError(checkTexts("tally", string(change.Data)), checkTrail(&store.Trail{Audit: change.Audit, Events: change.Events}))
	case *store.SetJobItem:
		return change.Check()
	}
	return fmt.Errorf("unknown change %T", change)
}

func checkUpdate(change *store.Update) error {
	if change.Members.Replace && (len(change.Members.Remove) > 0 || change.Members.RemoveWhere != nil) {
		return errors.New("replacement of members with removals")
	}
	err := firstError(checkUnique(change.Claim), checkUnique(change.Release), checkTrail(&change.Trail),
		checkActivity(change.Activity, change.SignIns), checkLinks(change.Links))
	if err == nil && change.Record != nil {
		err = checkRecord(change.Record)
	}
	if err == nil && change.Facts != nil {
		err = checkFacts(change.Facts)
	}
	if err == nil && change.PasswordHash != nil {
		err = checkTexts("password", *change.PasswordHash)
	}
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
