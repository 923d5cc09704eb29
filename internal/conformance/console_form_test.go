package conformance

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// webForm is a form of a page, as a browser would send it.
type webForm struct {
	method, action string
	sent           url.Values
	// texts are the fields that people type into.
	texts []string
}

var (
	formOf      = regexp.MustCompile(`(?s)<form ([^>]*)>(.*?)</form>`)
	controlOf   = regexp.MustCompile(`(?s)<input ([^>]*)>|<textarea ([^>]*)>(.*?)</textarea>|<select ([^>]*)>(.*?)</select>`)
	optionOf    = regexp.MustCompile(`<option([^>]*)>([^<]*)`)
	attributeOf = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

// attributes are those of a tag.
func attributes(tag string) map[string]string {
	all := map[string]string{}
	for _, one := range attributeOf.FindAllStringSubmatch(tag, -1) {
		all[one[1]] = html.UnescapeString(one[2])
	}
	return all
}

// formsOf are the forms of a page.
func formsOf(body string) (forms []webForm) {
	for _, found := range formOf.FindAllStringSubmatch(body, -1) {
		head := attributes(found[1])
		form := webForm{method: head["method"], action: head["action"], sent: url.Values{}}
		for _, control := range controlOf.FindAllStringSubmatch(found[2], -1) {
			switch {
			case control[1] != "":
				form.input(attributes(control[1]))
			case control[2] != "":
				form.text(attributes(control[2]), html.UnescapeString(control[3]))
			default:
				form.choice(attributes(control[4])["name"], control[5])
			}
		}
		forms = append(forms, form)
	}
	return forms
}

func (f *webForm) text(field map[string]string, value string) {
	f.sent.Set(field["name"], value)
	if _, fixed := field["readonly"]; !fixed {
		f.texts = append(f.texts, field["name"])
	}
}

func (f *webForm) input(field map[string]string) {
	_, on := field["checked"]
	switch field["type"] {
	case "", "text", "search", "email", "password":
		f.text(field, field["value"])
	case "checkbox", "radio":
		if value := field["value"]; on {
			if value == "" {
				value = "on"
			}
			f.sent.Add(field["name"], value)
		}
	default:
		f.sent.Add(field["name"], field["value"])
	}
}

func (f *webForm) choice(name, options string) {
	for i, option := range optionOf.FindAllStringSubmatch(options, -1) {
		tag := attributes(option[1])
		value, ok := tag["value"]
		if !ok {
			value = html.UnescapeString(option[2])
		}
		if _, chosen := tag["selected"]; chosen || i == 0 {
			f.sent.Set(name, value)
		}
	}
}

// typed is the form with a text in every field that people type into.
func (f *webForm) typed(text string) url.Values {
	sent := url.Values{}
	for name, values := range f.sent {
		sent[name] = slices.Clone(values)
	}
	for _, name := range f.texts {
		switch name {
		case "confirm": // nothing is to be lost by it
			sent.Set(name, text+".")
		case "password":
			sent.Set(name, "Correct-Horse-1")
		default:
			sent.Set(name, text)
		}
	}
	if sent.Get("whom") != "" { // the boxes stand elsewhere
		sent.Set("whom", "matching")
	}
	return sent
}

var someID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// place is where a form sends to, whatever it is about.
func (f *webForm) place() string {
	path, _, _ := strings.Cut(strings.TrimPrefix(f.action, "/console"), "?")
	return someID.ReplaceAllString(path, ":id")
}
