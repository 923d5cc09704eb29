package letter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/internal/jobs"
	"rollcall/internal/mail"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// The reasons that are kept of a letter that was not sent, beside those of the
// mail server. None names whom it was for.
const (
	reasonMoot       = "what the letter tells is over: its link was used, replaced or has expired, or the account has moved on"
	reasonUnreadable = "the letter cannot be read"
	reasonUnwritten  = "the letter cannot be composed"
)

// send sends a letter that is still true. It may send one twice, with the same
// Message-ID: when this process ends between the answer of the mail server and
// the note of it.
func (s *Service) send(ctx context.Context, provider *scim.Provider, task *jobs.Task) (jobs.Outcome, error) {
	of, err := s.open(ctx, &task.Job, task.Input)
	if errors.Is(err, errUnreadable) || err == nil && of.Letter == nil && of.Alert == nil {
		return jobs.Outcome{Failed: true, Reason: reasonUnreadable}, nil
	}
	if err != nil {
		return jobs.Outcome{}, err
	}
	if of.Letter != nil {
		stands, err := provider.Stands(ctx, task.Job.Tenant, of.Letter)
		if err != nil || !stands {
			return jobs.Outcome{Failed: true, Reason: reasonMoot}, err
		}
	}
	message, err := s.compose(ctx, task.Job.Tenant, of)
	if err != nil {
		if errors.Is(err, errUnwritten) {
			s.Logger.ErrorContext(ctx, "a letter cannot be composed", "job", task.Job.ID, "error", err)
			return jobs.Outcome{Failed: true, Reason: reasonUnwritten}, nil
		}
		return jobs.Outcome{}, err
	}
	message.ID = task.Job.ID.String()
	err = s.Transport.Send(ctx, message)
	if errors.Is(err, mail.ErrPermanent) {
		// The text of such an error names no address.
		s.Logger.WarnContext(ctx, "a letter was refused for good", "job", task.Job.ID, "error", err)
		return jobs.Outcome{Failed: true, Reason: err.Error()}, nil
	}
	return jobs.Outcome{}, err
}

var errUnwritten = errors.New(reasonUnwritten)

func (s *Service) compose(ctx context.Context, tenant store.TenantID, of content) (mail.Message, error) {
	if of.Alert != nil {
		return s.written(of.Alert.To, of.Alert.words())
	}
	name, err := s.tenant(ctx, tenant)
	if err != nil {
		return mail.Message{}, err
	}
	return s.written(mail.Recipient{Name: of.Letter.Name, Address: of.Letter.To}, s.words(name, of.Letter))
}

func (s *Service) written(to mail.Recipient, words mail.Letter) (mail.Message, error) {
	if words == nil {
		return mail.Message{}, errUnwritten
	}
	message, err := s.Composer.Compose(to, words)
	if err != nil {
		return message, fmt.Errorf("%w: %w", errUnwritten, err)
	}
	return message, nil
}

// words are those of a letter; nil for one of a kind that a later release made.
func (s *Service) words(tenant string, l *scim.Letter) mail.Letter {
	switch l.Kind {
	case scim.LetterInvite:
		return mail.Invite{Link: Link(s.Root, tenant, l.Kind, l.Secret), Expires: l.Expires}
	case scim.LetterReset:
		return mail.PasswordReset{Link: Link(s.Root, tenant, l.Kind, l.Secret), Expires: l.Expires}
	case scim.LetterLocked:
		return mail.LockNotice{Failures: l.Failures, Until: l.Expires, Link: ForgotLink(s.Root, tenant)}
	case scim.LetterStale:
		return mail.StaleWarning{Unused: l.Unused, Deadline: l.Expires}
	}
	return nil
}

func (a *alert) words() mail.Letter {
	return mail.GuardAlert{
		Connection: a.Connection, Removals: a.Removals, Limit: a.Limit, Window: time.Duration(a.WindowSeconds) * time.Second,
		Held: a.Action == lifecycle.GuardHold, Refused: a.Action == lifecycle.GuardReject,
	}
}
