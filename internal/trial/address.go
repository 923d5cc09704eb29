package trial

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports below the range from which the system chooses, so that no connection
// and no listener on port 0 takes one between the question and its use.
const (
	firstPort = 10000
	lastPort  = 32000
)

// taken are the ports that this process has given out, each once: a server that
// finds its port taken would leave its client talking to another server.
var taken sync.Map

// FreeAddress finds a loopback address that nobody listens on, and that nobody
// else in this process is given.
func FreeAddress(ctx context.Context) (string, error) {
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort) //nolint:gosec // nobody guesses against it
		if _, given := taken.LoadOrStore(port, true); given {
			continue
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			continue
		}
		return listener.Addr().String(), listener.Close()
	}
	return "", errors.New("no free port found")
}
