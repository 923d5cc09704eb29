package events

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/internal/outbound"
	"rollcall/internal/validation"
	"rollcall/store"
)

const (
	maxName     = 200
	maxURL      = 2048
	maxEvents   = 100
	maxAudience = 1024
	maxBearer   = 4096
)

// eventPattern is a type, "prov:create", or a family of types, "prov:*".
var eventPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}:(\*|[a-z][a-z0-9:-]{0,60})$`)

// check refuses a specification that could not work, naming the field, and
// brings it into the form that is stored.
func (s *Service) check(spec *ReceiverSpec) error {
	spec.Name = strings.TrimSpace(spec.Name)
	if spec.Form == "" {
		spec.Form = FormFull
	}
	switch {
	case spec.Name == "":
		return validation.Errorf("name", "is required")
	case utf8.RuneCountInString(spec.Name) > maxName || !printable(spec.Name):
		return validation.Errorf("name", "must be of at most %d printable characters", maxName)
	case spec.Form != FormFull && spec.Form != FormNotice:
		return validation.Errorf("form", `must be "full" or "notice"`)
	case spec.Connection != uuid.Nil && spec.Kind != store.KindPoll:
		return validation.Errorf("connection", `is for receivers of kind "set-poll" alone`)
	case len(spec.Audience) > maxAudience || !printable(spec.Audience):
		return validation.Errorf("audience", "must be of at most %d printable characters", maxAudience)
	}
	for _, check := range []func(*ReceiverSpec) error{s.checkKind, s.checkURL, checkEvents, checkBearer} {
		if err := check(spec); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) checkKind(spec *ReceiverSpec) error {
	if !slices.Contains([]string{store.KindWebhook, store.KindPush, store.KindPoll}, spec.Kind) {
		return validation.Errorf("kind", `must be "webhook", "set-push" or "set-poll"`)
	}
	return nil
}

func (s *Service) checkURL(spec *ReceiverSpec) error {
	if spec.Kind == store.KindPoll {
		if spec.URL != "" {
			return validation.Errorf("url", "must be absent: a receiver of this kind is not called")
		}
		return nil
	}
	switch {
	case spec.URL == "":
		return validation.Errorf("url", "is required")
	case len(spec.URL) > maxURL || !printable(spec.URL):
		return validation.Errorf("url", "must be of at most %d printable characters", maxURL)
	}
	_, err := s.options.Client.Check(spec.URL)
	switch {
	case errors.Is(err, outbound.ErrForbidden):
		return validation.Errorf("url", "must not lead to a private address")
	case err != nil:
		return validation.Errorf("url", "%v", err)
	}
	return nil
}

func checkEvents(spec *ReceiverSpec) error {
	if len(spec.Events) > maxEvents {
		return validation.Errorf("events", "must be at most %d", maxEvents)
	}
	for i, event := range spec.Events {
		if !eventPattern.MatchString(event) {
			return validation.Errorf(fmt.Sprintf("events[%d]", i), `must be a type like "prov:create" or "prov:*"`)
		}
	}
	spec.Events = slices.Clone(spec.Events)
	slices.Sort(spec.Events)
	spec.Events = slices.Compact(spec.Events)
	return nil
}

func checkBearer(spec *ReceiverSpec) error {
	if spec.Bearer == nil {
		return nil
	}
	if spec.Kind != store.KindPush {
		return validation.Errorf("bearer", `is for receivers of kind "set-push" alone`)
	}
	if len(*spec.Bearer) > maxBearer || strings.ContainsFunc(*spec.Bearer, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return validation.Errorf("bearer", "must be of at most %d visible ASCII characters", maxBearer)
	}
	return nil
}

// printable reports whether a text holds no control characters and is UTF-8.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
