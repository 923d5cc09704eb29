package scim

import (
	"context"

	"github.com/google/uuid"
)

// queues is how many resources can be queued for apart; two that share a
// queue only wait for each other.
const queues = 256

// writerQueue lets writers of one resource that lost a race go one by one.
type writerQueue [queues]chan struct{}

func newWriterQueue() *writerQueue {
	var q writerQueue
	for i := range q {
		q[i] = make(chan struct{}, 1)
	}
	return &q
}

// enter waits for the turn; leave must be called after it.
func (q *writerQueue) enter(ctx context.Context, id uuid.UUID) (leave func(), err error) {
	turn := q[id[len(id)-1]]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
