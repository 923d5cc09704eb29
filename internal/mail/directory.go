package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	gomail "github.com/wneessen/go-mail"
)

// directory writes messages into files: for development, where somebody wants
// to see the mail and nobody should get it.
type directory struct {
	envelope
	path string
}

// nameForm sorts like the times that it writes.
const nameForm = "20060102T150405.000000Z"

// Send writes a file that has its name only once it is whole. The owner alone
// may read it: it holds links that sign in.
func (d *directory) Send(ctx context.Context, message Message) error {
	packed, err := d.pack(message)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return temporary("write", err)
	}
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return temporary("write", err)
	}
	name := d.now().UTC().Format(nameForm) + "-" + rand.Text()[:8] + ".eml"
	if err := write(packed, d.path, name); err != nil {
		return temporary("write", err)
	}
	return nil
}

func write(packed *gomail.Msg, directory, name string) error {
	file, err := os.CreateTemp(directory, ".mail-*")
	if err != nil {
		return err
	}
	_, err = packed.WriteTo(file)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(directory, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
