// Package letter owns the way of a letter: kept sealed as a job with the change
// that it tells of, composed, and handed to the mail server until that has it.
package letter
