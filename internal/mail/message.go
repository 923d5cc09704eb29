package mail

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Transport takes messages out of the house.
type Transport interface {
	// Send hands one message over. An error is a *Error: one that is ErrTemporary
	// may be gone later, one that is ErrPermanent will not. A message that was
	// handed over is never an error, whatever happens to the connection then.
	Send(ctx context.Context, message Message) error
}

// Recipient is who gets a message, or whom it is from.
type Recipient struct {
	// Name is what a person is called; may be empty.
	Name string
	// Address is a bare address, in any script.
	Address string
}

// Message is one message to one person.
type Message struct {
	// ID tells whether two messages are the same one, sent twice: letters,
	// digits and "-._", 64 at the most. Empty gives it a random one.
	ID      string
	To      Recipient
	Subject string
	// Text is the message in plain text, HTML the same one in HTML; one of
	// them may be empty.
	Text, HTML string
}

// maxAddress is the longest address of RFC 5321.
const maxAddress = 254

// address reads a recipient. The domain becomes ASCII, so that only what is
// before "@" needs a server that takes other scripts. The error tells nothing of
// the address.
func (r Recipient) address() (*mail.Address, error) {
	parsed, err := mail.ParseAddress(r.Address)
	if err != nil || parsed.Name != "" || strings.ContainsFunc(r.Address, unicode.IsControl) || strings.ContainsAny(r.Address, "<>") {
		return nil, fmt.Errorf("address is not one of RFC 5322")
	}
	at := strings.LastIndexByte(parsed.Address, '@')
	domain, err := idna.Lookup.ToASCII(parsed.Address[at+1:])
	if err != nil || len(parsed.Address[:at])+1+len(domain) > maxAddress {
		return nil, fmt.Errorf("domain of the address is none")
	}
	return &mail.Address{Name: line(r.Name), Address: parsed.Address[:at+1] + domain}, nil
}

// line makes one line of a text that goes into a header: nothing in it can begin
// another header.
func line(text string) string {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || r == '\u2028' || r == '\u2029'
	}), " ")
}

// ascii reports whether an address needs nothing but ASCII.
func ascii(address string) bool {
	return strings.IndexFunc(address, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

const maxID = 64

func validID(id string) bool {
	return len(id) <= maxID && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == ""
}
