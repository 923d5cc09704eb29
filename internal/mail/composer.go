package mail

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"
)

//go:embed templates
var templates embed.FS

// Composer makes messages from letters. It is safe for concurrent use.
type Composer struct {
	brand Brand
	text  *texttemplate.Template
	html  *htmltemplate.Template
}

// NewComposer reads the templates.
func NewComposer(brand Brand) (*Composer, error) {
	if brand.Product = line(brand.Product); brand.Product == "" {
		return nil, errors.New("mail: no name of the product")
	}
	if brand.Home != "" {
		if err := checkLink(brand.Home); err != nil {
			return nil, fmt.Errorf("mail: home page: %w", err)
		}
	}
	functions := map[string]any{"when": when, "lasting": lasting, "line": line}
	text, err := texttemplate.New("").Funcs(functions).Option("missingkey=error").ParseFS(templates, "templates/*.txt")
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	html, err := htmltemplate.New("").Funcs(functions).Option("missingkey=error").ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return &Composer{brand: brand, text: text, html: html}, nil
}

// when writes a time for people, of whom we do not know where they are.
func when(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }

// lasting is how long something takes, as it is said after "the last".
func lasting(d time.Duration) string {
	for _, unit := range []struct {
		name string
		long time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := d / unit.long; {
		case n == 1 && d == unit.long:
			return unit.name
		case n > 1 && d%unit.long == 0:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return d.String()
}

// page is what a template sees.
type page struct {
	Brand  Brand
	Name   string
	Letter Letter
	// Subject is that of the message, for the title in HTML.
	Subject string
}

// Compose writes a letter to a person. It fails when a link is none.
func (c *Composer) Compose(to Recipient, letter Letter) (Message, error) {
	if link, needed := letter.link(); link != "" || needed {
		if err := checkLink(link); err != nil {
			return Message{}, fmt.Errorf("mail: %s: %w", letter.name(), err)
		}
	}
	shown := page{Brand: c.brand, Name: line(to.Name), Letter: letter}
	var text, html bytes.Buffer
	if err := c.text.ExecuteTemplate(&text, letter.name()+".txt", shown); err != nil {
		return Message{}, fmt.Errorf("mail: %s: %w", letter.name(), err)
	}
	// The first line of the text is the subject.
	subject, body, found := strings.Cut(text.String(), "\n\n")
	if !found {
		return Message{}, fmt.Errorf("mail: %s: no subject", letter.name())
	}
	shown.Subject = line(subject)
	if err := c.html.ExecuteTemplate(&html, letter.name()+".html", shown); err != nil {
		return Message{}, fmt.Errorf("mail: %s: %w", letter.name(), err)
	}
	return Message{To: to, Subject: shown.Subject, Text: body, HTML: html.String()}, nil
}
