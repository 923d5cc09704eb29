package main

import (
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// progressLine shows how far something has got; nil shows nothing.
type progressLine struct{ bar *progressbar.ProgressBar }

// progress shows it on standard error, where that is a terminal and no script
// reads.
func (t terminal) progress(total int64, what string, quiet bool) *progressLine {
	file, ok := t.stderr.(*os.File)
	if quiet || !ok || !isatty.IsTerminal(file.Fd()) {
		return nil
	}
	return &progressLine{progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(file), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
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
