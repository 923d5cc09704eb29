package inspect

import (
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rollcall/store"
)

// ids are what stands for resources.
var ids = regexp.MustCompile(`\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`)

// logged is what is stored of a request.
func (r *redactor) logged(seen *Seen) store.LoggedRequest {
	c, one := &cleaning{redactor: r, nameless: strings.Contains(seen.Path, "/:")}, seen.LoggedRequest
	one.Sent = c.kept(&seen.SentBody)
	c.answer = true
	one.Answered = c.kept(&seen.AnsweredBody)
	one.Path, one.Query = clip(one.Path), c.query(one.Query)
	for _, body := range []*store.LoggedBody{&one.Sent, &one.Answered} {
		if c.repeats(body.Text) {
			*body = store.LoggedBody{Left: store.LeftSecret}
		}
	}
	if c.repeats([]byte(one.Query)) {
		one.Query = gone
	}
	one.Subjects = nil
	for _, shown := range [][]byte{[]byte(one.Path), one.Sent.Text, one.Answered.Text} {
		for _, found := range ids.FindAll(shown, -1) {
			if id, ok := store.ParseID(string(found)); ok {
				one.Subjects = append(one.Subjects, id)
			}
		}
	}
	slices.SortFunc(one.Subjects, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	one.Subjects = slices.Compact(one.Subjects)
	return one
}

// kept is what is kept of a body.
func (c *cleaning) kept(body *Body) store.LoggedBody {
	switch {
	case body.Unread:
		return store.LoggedBody{Left: store.LeftUnread}
	case body.Over:
		return store.LoggedBody{Left: store.LeftLarge}
	case len(body.Data) == 0:
		return store.LoggedBody{}
	}
	if shown := c.body(body.Data); shown != nil {
		return store.LoggedBody{Text: shown}
	}
	return store.LoggedBody{Left: store.LeftUnreadable}
}
