package store

import "github.com/google/uuid"

// Postponed lists the creates of a Commit whose members can only be joined
// after a later change, because that change creates one of them: the index of
// the create and the index of the last change that it has to wait for.
func Postponed(changes []Change) map[int]int {
	if len(changes) < 2 {
		return nil
	}
	made := make(map[uuid.UUID]int)
	for i, change := range changes {
		if create, ok := change.(*Create); ok {
			made[create.Record.ID] = i
		}
	}
	var postponed map[int]int
	for i, change := range changes {
		create, ok := change.(*Create)
		if !ok {
			continue
		}
		for _, member := range create.Members {
			if at := made[member]; at > i && at > postponed[i] {
				if postponed == nil {
					postponed = make(map[int]int)
				}
				postponed[i] = at
			}
		}
	}
	return postponed
}
