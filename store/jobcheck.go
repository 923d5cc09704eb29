package store

import "fmt"

// CheckSize refuses input beyond what a job may hold.
func (j *NewJob) CheckSize() error { return fits("input", len(j.Input), MaxJobInput) }

// Check refuses what is too large, and two items with one number.
func (s *JobSave) Check() error {
	if err := fits("checkpoint", len(s.Checkpoint), MaxJobCheckpoint); err != nil {
		return err
	}
	numbers := make(map[int64]bool, len(s.Items))
	for _, item := range s.Items {
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
