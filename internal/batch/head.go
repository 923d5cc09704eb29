package batch

import (
	"fmt"
	"maps"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/store"
)

// Counts are rows by outcome.
type Counts struct {
	// Created are users that are made of rows of a file.
	Created   int64 `json:"created,omitzero"`
	Changed   int64 `json:"changed"`
	Unchanged int64 `json:"unchanged"`
	Refused   int64 `json:"refused"`
	Failed    int64 `json:"failed"`
	// Why are the refused ones by reason.
	Why map[string]int64 `json:"why,omitempty"`
}

func (c *Counts) add(row *Row) {
	switch row.Outcome {
	case Changed:
		c.Changed++
	case Created:
		c.Created++
	case Unchanged:
		c.Unchanged++
	case Refused:
		c.Refused++
		if c.Why == nil {
			c.Why = map[string]int64{}
		}
		c.Why[row.Why]++
	case Failed:
		c.Failed++
	case Pending:
	}
}

// Written is how many rows have done something, or would.
func (c *Counts) Written() int64 { return c.Created + c.Changed }

// done is how many rows have an outcome.
func (c *Counts) done() int64 { return c.Written() + c.Unchanged + c.Refused + c.Failed }

func (c *Counts) clone() Counts {
	out := *c
	out.Why = maps.Clone(c.Why)
	return out
}

// Head is what is kept of a batch beside its rows, as item 0 of its job: the
// input of a job goes when it ends, and that may be before it began.
type Head struct {
	// Plan is what was asked for, without ids; nil of an undo and an import.
	Plan *Plan `json:"plan,omitempty"`
	// Import is what was asked for of a file; nil of anything else.
	Import *ImportPlan `json:"import,omitempty"`
	// UndoOf is the batch that is undone; zero of any other.
	UndoOf uuid.UUID `json:"undoOf,omitzero"`
	// Removing is how many accounts the undo of an import takes away.
	Removing int64 `json:"removing,omitzero"`
	// Users is how many users it is about: for a dry run those seen so far, for
	// others the number that was confirmed.
	Users  int64  `json:"users"`
	Counts Counts `json:"counts"`
}

func (h *Head) item() (store.JobItem, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return store.JobItem{}, fmt.Errorf("render the head of a batch: %w", err)
	}
	return store.JobItem{Number: 0, Outcome: text}, nil
}

func readHead(first []byte) (Head, error) {
	var head Head
	if err := json.Unmarshal(first, &head); err != nil {
		return head, fmt.Errorf("read the head of a batch: %w", err)
	}
	return head, nil
}
