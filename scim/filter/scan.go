package filter

import (
	"strings"

	"rollcall/scim/fault"
)

// joint reads SP keyword SP, or nothing.
func (p *parser) joint(keyword string) bool {
	start := p.at
	if p.blank() {
		p.spaces()
		if p.word(keyword) && p.blank() {
			return true
		}
	}
	p.at = start
	return false
}

// word reads a keyword, ignoring case, where no further name character follows.
func (p *parser) word(keyword string) bool {
	end := p.at + len(keyword)
	if end > len(p.text) || !strings.EqualFold(p.text[p.at:end], keyword) {
		return false
	}
	if end < len(p.text) && (nameCharacter(p.text[end]) || p.text[end] == '.' || p.text[end] == ':') {
		return false
	}
	p.at = end
	return true
}

func (p *parser) next(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) blank() bool { return p.at < len(p.text) && p.text[p.at] == ' ' }

func (p *parser) spaces() {
	for p.blank() {
		p.at++
	}
}

func (p *parser) enter(levels int) error {
	if p.depth += levels; p.depth > MaxDepth {
		return fault.New(fault.InvalidFilter, "the filter is nested deeper than %d levels at byte %d", MaxDepth, p.at)
	}
	return nil
}

func (p *parser) fail(expected string) error {
	if p.at >= len(p.text) {
		return fault.New(fault.InvalidFilter, "the filter ends at byte %d where %s is due", p.at, expected)
	}
	return fault.New(fault.InvalidFilter, "the filter is not valid at byte %d, where %s is due", p.at, expected)
}
