package store

import (
	"errors"
	"fmt"
)

// Check refuses input beyond what a job may hold, two items with one number, and
// what cannot be stored.
func (j *NewJob) Check() error {
	if err := fits("input", len(j.Input), MaxJobInput); err != nil {
		return err
	}
	return errors.Join(checkItems(j.Items), CheckKey("kind", j.Job.Kind), CheckText("job", j.Job.ActorKind, j.Job.ActorID, j.Job.RequestID))
}

// Check refuses what is too large, and two items with one number.
func (s *JobSave) Check() error {
	if err := fits("checkpoint", len(s.Checkpoint), MaxJobCheckpoint); err != nil {
		return err
	}
	return checkItems(s.Items)
}

// Check refuses an outcome that is too large.
func (s *SetJobItem) Check() error { return fits("outcome", len(s.Item.Outcome), MaxJobOutcome) }

func checkItems(items []JobItem) error {
	numbers := make(map[int64]bool, len(items))
	for _, item := range items {
		if err := fits("outcome", len(item.Outcome), MaxJobOutcome); err != nil {
			return err
		}
		if numbers[item.Number] {
			return fmt.Errorf("two items have one number: %w", ErrInvalid)
		}
		numbers[item.Number] = true
	}
	return nil
}

// Check refuses a result that is too large, a state that is no end, and what cannot
// be stored.
func (e *JobEnd) Check() error {
	if !e.State.Finished() {
		return fmt.Errorf("%s is not the end of a job: %w", e.State, ErrInvalid)
	}
	return errors.Join(fits("result", len(e.Result), MaxJobResult), CheckText("reason", e.Reason), checkEvents(e.Events))
}

func fits(what string, size, most int) error {
	if size > most {
		return fmt.Errorf("%s of a job is larger than %d bytes: %w", what, most, ErrInvalid)
	}
	return nil
}
