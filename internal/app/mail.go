package app

import (
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/jobs"
	"rollcall/internal/letter"
	"rollcall/internal/mail"
	"rollcall/scim"
	"rollcall/store"
)

// product is how the server calls itself to people.
const product = "Rollcall"

// MailConfig says how mail is sent.
type MailConfig struct {
	Mail     string   `help:"Where mail goes: smtp://user:password@host:587, smtps://host, or dir:PATH to write it into files (prefer ROLLCALL_MAIL for a URL with a password). Without it, who asks for a link has to hand it over." placeholder:"URL"`
	MailFrom string   `help:"Whom mail is from, such as 'Acme <accounts@example.com>'; required with an SMTP server." placeholder:"ADDRESS"`
	AlertsTo []string `help:"Addresses of administrators who are told when the mass guard finds too many removals." sep:","`
}

// validateMail reports what mail cannot be sent with. It quotes no URL: that may
// hold a password.
func (c *Config) validateMail() error {
	if c.Mail == "" {
		if c.MailFrom != "" || len(c.AlertsTo) > 0 {
			return errors.New("mail-from and alerts-to need --mail")
		}
		return nil
	}
	if strings.HasPrefix(c.Mail, "smtp") && c.PublicURL == "" {
		return errors.New("mail needs --public-url: links in mails lead there")
	}
	_, err := c.transport()
	_, wrong := c.alertsTo()
	return errors.Join(err, wrong)
}

// transport is how mail leaves; it connects to nothing yet.
func (c MailConfig) transport() (mail.Transport, error) {
	config, err := mail.ParseURL(c.Mail)
	if err != nil {
		return nil, err
	}
	from := c.MailFrom
	if config.Directory != "" {
		if config.Directory, err = filepath.Abs(config.Directory); err != nil {
			return nil, errors.New("mail: the directory cannot be found")
		}
		if from == "" {
			from = product + " <rollcall@localhost>" // nobody answers a file
		}
	}
	sender, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("mail-from is no address such as accounts@example.com or 'Acme <accounts@example.com>'")
	}
	config.From = mail.Recipient{Name: sender.Name, Address: sender.Address}
	return mail.Open(config, time.Now)
}

func (c MailConfig) alertsTo() ([]mail.Recipient, error) {
	var list []mail.Recipient
	for _, text := range c.AlertsTo {
		address, err := netmail.ParseAddress(text)
		if err != nil {
			return nil, errors.New("alerts-to has a part that is no address")
		}
		list = append(list, mail.Recipient{Name: address.Name, Address: address.Address})
	}
	return list, nil
}

// letters returns nil where no mail is set up.
func (c *Config) letters(opened store.Store, root string, logger *slog.Logger) (*letter.Service, error) {
	if c.Mail == "" {
		return nil, nil //nolint:nilnil // no mail is an answer, not a failure
	}
	transport, err := c.transport()
	if err != nil {
		return nil, err
	}
	composer, err := mail.NewComposer(mail.Brand{Product: product, Home: c.PublicURL})
	if err != nil {
		return nil, err
	}
	alertsTo, err := c.alertsTo()
	if err != nil {
		return nil, err
	}
	return letter.New(letter.Options{
		Store: opened, Transport: transport, Composer: composer, Root: root, AlertsTo: alertsTo, Logger: logger,
	}), nil
}

// mailing sends letters. It has a runner of its own, so that a mail server that
// hangs keeps nothing else waiting.
func mailing(config Config, opened store.Store, letters *letter.Service, provider *scim.Provider, logger *slog.Logger) []service {
	if letters == nil {
		return nil
	}
	runner := jobs.New(jobs.Options{
		Store: opened, Owner: owner(), Grace: config.ShutdownGrace, Logger: logger, Kinds: letters.Kinds(provider),
	})
	return []service{runner}
}

// alarmed tells the log what the mass guard finds.
func alarmed(logger *slog.Logger) func(scim.Alert) {
	return func(found scim.Alert) {
		by := slog.String("connection", found.Connection.String())
		if found.Connection == uuid.Nil {
			by = slog.String("by", "timers")
		}
		logger.Warn("more is removed than the mass guard lets pass", by,
			"guard", string(found.Verdict.Action), "removals", found.Verdict.Removals, "limit", found.Verdict.Limit, "window", fmt.Sprint(found.Window))
	}
}
