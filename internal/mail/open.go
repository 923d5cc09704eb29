package mail

import (
	"cmp"
	"time"
)

// Open makes the transport of a configuration. It connects to nothing: a server
// may start while its mail server is down. now tells the time.
func Open(config Config, now func() time.Time) (Transport, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	from, err := config.From.address()
	if err != nil {
		return nil, err
	}
	envelope := envelope{from: from, now: now}
	if config.Directory != "" {
		return &directory{envelope: envelope, path: config.Directory}, nil
	}
	config.Timeout = cmp.Or(config.Timeout, defaultTimeout)
	return &server{envelope: envelope, config: config}, nil
}
