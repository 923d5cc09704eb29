package main

import (
	"time"

	"github.com/schollz/progressbar/v3"

	"rollcall/internal/app"
)

// progressLine shows how far something has got; nil shows nothing.
type progressLine struct{ bar *progressbar.ProgressBar }

// progress shows it on standard error, where that is a terminal and no script
// reads.
func (t terminal) progress(total int64, what string, quiet bool) *progressLine {
	if quiet || !app.IsTerminal(t.stderr) {
		return nil
	}
	return &progressLine{progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(t.stderr), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("users"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(),
	)}
}

// set shows how much is done.
func (p *progressLine) set(done int64) {
	if p != nil {
		_ = p.bar.Set64(min(done, p.bar.GetMax64()))
	}
}

// close takes the line away.
func (p *progressLine) close() {
	if p != nil {
		_ = p.bar.Clear()
	}
}
