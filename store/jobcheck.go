package store

import "fmt"

// CheckSize refuses input beyond what a job may hold, and two items with one
// number.
func (j *NewJob) CheckSize() error {
	if err := fits("input", len(j.Input), MaxJobInput); err != nil {
		return err
	}
	return checkItems(j.Items)
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

// Check refuses a result that is too large and a state that is no end.
func (e *JobEnd) Check() error {
	if !e.State.Finished() {
		return fmt.Errorf("%s is not the end of a job: %w", e.State, ErrInvalid)
	}
	return fits("result", len(e.Result), MaxJobResult)
}

func fits(what string, size, most int) error {
	if size > most {
		return fmt.Errorf("%s of a job is larger than %d bytes: %w", what, most, ErrInvalid)
	}
	return nil
}
