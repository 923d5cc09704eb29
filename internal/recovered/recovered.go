// Package recovered owns what is said of a panic: where it was, and nothing that a
// client sent.
package recovered

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Cause says what a panic was about. The text of a value other than a runtime
// error may quote what a client sent.
func Cause(cause any) string {
	if fault, ok := cause.(runtime.Error); ok {
		return fault.Error()
	}
	return fmt.Sprintf("%T", cause)
}

// Call does work and returns its error; of a panic, one that says where. Work in the
// background goes through here: one account, event or request that the program has a bug
// with must not end the server of all.
func Call(work func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %s at\n%s", Cause(cause), debug.Stack())
		}
	}()
	return work()
}
