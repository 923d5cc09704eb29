package mail

import (
	"crypto/rand"
	"errors"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// envelope makes the whole text of a message: what all transports have alike.
type envelope struct {
	from *mail.Address
	now  func() time.Time
}

// pack builds the message. What it refuses, it will refuse always.
func (e envelope) pack(message Message) (*gomail.Msg, error) {
	to, err := message.To.address()
	switch {
	case err != nil:
		return nil, permanent("recipient", err)
	case message.Text == "" && message.HTML == "":
		return nil, permanent("message", errors.New("neither text nor HTML"))
	case !validID(message.ID):
		return nil, permanent("message", errors.New("id with other characters than letters, digits, - . _"))
	}
	id := message.ID
	if id == "" {
		id = rand.Text()
	}
	packed := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	packed.FromMailAddress(e.from)
	packed.ToMailAddress(to)
	packed.Subject(line(message.Subject))
	packed.SetDateWithValue(e.now().UTC())
	packed.SetMessageIDWithValue(id + e.from.Address[strings.LastIndexByte(e.from.Address, '@'):])
	// RFC 3834: nobody's automatic answer answers this.
	packed.SetGenHeader("Auto-Submitted", "auto-generated")
	if message.Text == "" {
		packed.SetBodyString(gomail.TypeTextHTML, message.HTML)
		return packed, nil
	}
	packed.SetBodyString(gomail.TypeTextPlain, message.Text)
	if message.HTML != "" {
		packed.AddAlternativeString(gomail.TypeTextHTML, message.HTML)
	}
	return packed, nil
}
