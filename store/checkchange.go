package store

import (
	"errors"
	"fmt"
)

// CheckChange refuses a change that cannot be stored, with ErrInvalid, and one that
// says two things at once.
func CheckChange(change Change) error {
	switch change := change.(type) {
	case *Create:
		return errors.Join(change.Record.Check(), CheckUnique(change.Unique...), CheckText("password", change.PasswordHash), change.Trail.Check())
	case *Update:
		return checkUpdate(change)
	case *Delete:
		return errors.Join(change.Facts.Check(), change.Trail.Check())
	case *Restore:
		return errors.Join(change.Record.Check(), CheckUnique(change.Unique...), CheckText("password", change.PasswordHash), change.Trail.Check())
	case *Amend:
		return errors.Join(change.Facts.Check(), change.Trail.Check())
	case *Purge:
		return change.Trail.Check()
	case *SetTally:
		return errors.Join(CheckText("tally", string(change.Data)), change.Audit.Check(), checkEvents(change.Events))
	case *SetJobItem:
		return change.Check()
	}
	return fmt.Errorf("unknown change %T", change)
}

func checkUpdate(change *Update) error {
	if change.Members.Replace && (len(change.Members.Remove) > 0 || change.Members.RemoveWhere != nil) {
		return errors.New("replacement of members with removals")
	}
	if change.Record != nil {
		if err := change.Record.Check(); err != nil {
			return err
		}
	}
	if change.PasswordHash != nil {
		if err := CheckText("password", *change.PasswordHash); err != nil {
			return err
		}
	}
	for i := range change.SignIns {
		if err := change.SignIns[i].Check(); err != nil {
			return err
		}
	}
	for i := range change.Links {
		if err := change.Links[i].Check(); err != nil {
			return err
		}
	}
	return errors.Join(CheckUnique(change.Claim...), CheckUnique(change.Release...), change.Facts.Check(), change.Activity.Check(), change.Trail.Check())
}
