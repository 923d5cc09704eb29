package filter

import (
	"strings"

	ast "github.com/scim2/filter-parser/v2"
)

// attributePath = [URI ":"] ATTRNAME ["." ATTRNAME], the URI split at its last
// colon. A bare schema URN is taken too: what follows its last colon then
// stands as the attribute name until binding puts the two together again.
func (p *parser) attributePath() (ast.AttributePath, error) {
	if p.urn() {
		return p.qualified()
	}
	name, err := p.name()
	if err != nil {
		return ast.AttributePath{}, err
	}
	path := ast.AttributePath{AttributeName: name}
	if p.next('.') {
		sub, err := p.name()
		if err != nil {
			return ast.AttributePath{}, err
		}
		path.SubAttribute = &sub
	}
	return path, nil
}

// urn reports whether a URN follows.
func (p *parser) urn() bool {
	return len(p.text)-p.at > 4 && strings.EqualFold(p.text[p.at:p.at+4], "urn:")
}

// qualified reads a path that starts with a URN.
func (p *parser) qualified() (ast.AttributePath, error) {
	start := p.at
	for p.at < len(p.text) && urnCharacter(p.text[p.at]) {
		p.at++
	}
	text := p.text[start:p.at]
	colon := strings.LastIndexByte(text, ':')
	uri, name := text[:colon], text[colon+1:]
	if name == "" {
		return ast.AttributePath{}, p.fail("an attribute name")
	}
	path := ast.AttributePath{URIPrefix: &uri, AttributeName: name}
	if head, sub, ok := strings.Cut(name, "."); ok && isName(head) && isName(sub) {
		path.AttributeName, path.SubAttribute = head, &sub
	}
	return path, nil
}

// name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "$" ) / "$ref".
func (p *parser) name() (string, error) {
	start := p.at
	for p.at < len(p.text) && nameCharacter(p.text[p.at]) {
		p.at++
	}
	if name := p.text[start:p.at]; isName(name) {
		return name, nil
	}
	p.at = start
	return "", p.fail("an attribute name")
}

func isName(text string) bool {
	if text == "" || !letter(text[0]) && !strings.EqualFold(text, "$ref") {
		return false
	}
	for i := range len(text) {
		if !nameCharacter(text[i]) {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

func nameCharacter(c byte) bool {
	return letter(c) || digit(c) || c == '-' || c == '_' || c == '$'
}

// urnCharacter accepts what schema URNs are made of (RFC 8141), parentheses
// included: nothing in the grammar lets a parenthesis follow a path directly.
func urnCharacter(c byte) bool {
	return nameCharacter(c) || strings.IndexByte("()+,.:=@;!*'%/?#", c) >= 0
}
