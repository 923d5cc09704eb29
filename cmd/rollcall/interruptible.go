package main

import (
	"context"
	"io"
)

// interruptible is a reader whose Read ends with its context: standard input
// cannot be closed while it is read.
type interruptible struct {
	ctx  context.Context //nolint:containedctx // io.Reader has none
	in   io.Reader
	done chan piece
}

// piece is what one Read of the reader below brought.
type piece struct {
	data []byte
	err  error
}

// Read implements io.Reader. What comes after the context has ended is lost.
func (r *interruptible) Read(into []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.done == nil {
		r.done = make(chan piece, 1)
	}
	buffer := make([]byte, len(into))
	go func() {
		n, err := r.in.Read(buffer)
		r.done <- piece{buffer[:n], err}
	}()
	select {
	case got := <-r.done:
		return copy(into, got.data), got.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}
