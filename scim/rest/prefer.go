package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// preference is what of the Prefer header is understood (RFC 7240).
type preference struct {
	// async is respond-async (section 4.1).
	async bool
	// wait is how long the client likes to wait for an answer (section 4.3); it
	// means nothing without async.
	wait time.Duration
}

// longestWait bounds what a client can hold a connection for.
const longestWait = 30 * time.Second

// preferred reads the Prefer header. Of a preference that is named twice the
// first counts (section 2); what is not understood is passed over.
func preferred(h http.Header) preference {
	var p preference
	waits := false
	for _, header := range h.Values("Prefer") {
		for _, one := range listed(header, ',') {
			// What follows a semicolon are parameters: neither has any.
			name, value, _ := strings.Cut(listed(one, ';')[0], "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "respond-async":
				p.async = true
			case "wait":
				seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
				if err == nil && !waits {
					p.wait, waits = min(time.Duration(seconds)*time.Second, longestWait), true
				}
			}
		}
	}
	return p
}

// listed splits a header at a separator that is not quoted. There is always one
// part at the least.
func listed(header string, separator byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(header); i++ {
		switch {
		case header[i] == '"':
			quoted = !quoted
		case header[i] == '\\' && quoted:
			i++
		case header[i] == separator && !quoted:
			parts = append(parts, header[start:i])
			start = i + 1
		}
	}
	return append(parts, header[start:])
}
