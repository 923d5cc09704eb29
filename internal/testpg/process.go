package testpg

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a running server.
type process struct {
	command *exec.Cmd
	done    chan struct{}
}

// startProcess starts a command. The thread that starts it stays until the
// command ends, because the kernel takes the end of that thread for the death
// of the parent.
func startProcess(command *exec.Cmd) (*process, error) {
	started := make(chan error)
	running := &process{command: command, done: make(chan struct{})}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		_ = command.Wait()
		close(running.done)
	}()
	return running, <-started
}

// stopPatience is how long a server may take to end before it is killed.
const stopPatience = 10 * time.Second

// stop ends the server without a checkpoint: its files go next.
func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGQUIT)
	select {
	case <-p.done:
	case <-time.After(stopPatience):
		_ = p.command.Process.Kill()
		<-p.done
	}
}
