package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/mattn/go-isatty"
)

const credentialsName = "rollcall-credentials"

// credentialsFile is where the first token goes when there is nobody to read
// it from a terminal.
func (c *Config) credentialsFile() string {
	if c.CredentialsFile != "" {
		return c.CredentialsFile
	}
	if path, ok := sqlitePath(c.Database); ok {
		return filepath.Join(filepath.Dir(path), credentialsName)
	}
	// Set by systemd for a service with StateDirectory=.
	return filepath.Join(os.Getenv("STATE_DIRECTORY"), credentialsName)
}

// IsTerminal reports whether a person reads w.
func IsTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// toTerminal shows the first secrets to a person.
type toTerminal struct {
	w       io.Writer
	baseURL string
}

func (d toTerminal) cancel() {}

func (d toTerminal) hand(given secrets) error {
	_, err := fmt.Fprintf(d.w, "\nFirst start. Point your identity provider at:\n\n  SCIM base URL  %s\n  Bearer token   %s\n\nThe token is not shown again. To sign in to the console, follow this link once,\nwithin the hour; rollcall console-link makes another:\n\n  %s\n\n", d.baseURL, given.token, given.link)
	return err
}

// toFile writes the first secrets to a file that its owner alone can read, under
// another name until it is complete.
type toFile struct {
	path, baseURL string
	file          *os.File
	logger        *slog.Logger
}

func newFile(path, baseURL string, logger *slog.Logger) (*toFile, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// CreateTemp makes the file with mode 0600.
	file, err := os.CreateTemp(filepath.Dir(path), "."+credentialsName+"-*")
	if err != nil {
		return nil, fmt.Errorf("no place for the first token, set --credentials-file or ROLLCALL_BOOTSTRAP_TOKEN: %w", err)
	}
	return &toFile{path: path, baseURL: baseURL, file: file, logger: logger}, nil
}

// cancel does nothing to a file that was handed out.
func (d *toFile) cancel() {
	if d.file == nil {
		return
	}
	d.file.Close()
	os.Remove(d.file.Name())
	d.file = nil
}

func (d *toFile) hand(given secrets) error {
	_, err := fmt.Fprintf(d.file, "scim_base_url=%s\ntoken=%s\nconsole_link=%s\n", d.baseURL, given.token, given.link)
	if err := errors.Join(err, d.file.Sync(), d.file.Close()); err != nil {
		return fmt.Errorf("write the first token: %w", err)
	}
	if err := os.Rename(d.file.Name(), d.path); err != nil {
		return fmt.Errorf("write the first token: %w", err)
	}
	d.file = nil
	d.logger.Info("first start: SCIM base URL, bearer token and sign-in link of the console written", "file", d.path)
	return nil
}
