package filter

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// literal = JSON false / null / true / number / string. Words ignore case, as
// all keywords of the grammar do. Numbers become float64.
func (p *parser) literal() (any, error) {
	if p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			return p.storable()
		case c == '-' || digit(c):
			return p.number()
		}
	}
	switch {
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	case p.word("null"):
		return nil, nil
	}
	return nil, p.fail("a value (a string in double quotes, a number, true, false or null)")
}

// storable reads a string and refuses one with NUL, which no stored value has
// and no database takes.
func (p *parser) storable() (any, error) {
	start := p.at
	text, err := p.quoted()
	if value, ok := text.(string); ok && err == nil && strings.ContainsRune(value, 0) {
		p.at = start
		return nil, p.fail("a string without NUL characters")
	}
	return text, err
}

// number reads a JSON number (RFC 8259 section 6), which allows no leading
// zeros, no bare points and no plus sign.
func (p *parser) number() (any, error) {
	start := p.at
	p.next('-')
	ok := p.next('0') || p.digits()
	if ok && p.next('.') {
		ok = p.digits()
	}
	if ok && (p.next('e') || p.next('E')) {
		_ = p.next('+') || p.next('-')
		ok = p.digits()
	}
	if !ok || p.at < len(p.text) && strings.IndexByte(" )]", p.text[p.at]) < 0 {
		p.at = start
		return nil, p.fail("a JSON number")
	}
	f, err := strconv.ParseFloat(p.text[start:p.at], 64)
	if err != nil || math.IsInf(f, 0) {
		p.at = start
		return nil, p.fail("a number within the range of a 64-bit float")
	}
	return f, nil
}

func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.text) && digit(p.text[p.at]) {
		p.at++
	}
	return p.at > start
}

// quoted reads a JSON string. Without escapes it shares the filter's memory.
func (p *parser) quoted() (any, error) {
	p.at++
	start := p.at
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			text := p.text[start:p.at]
			p.at++
			return text, p.ended()
		case c == '\\':
			return p.escaped(append(make([]byte, 0, 64), p.text[start:p.at]...))
		case c < 0x20:
			return nil, p.fail("an escape in place of a control character")
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(p.text[p.at:])
			if r == utf8.RuneError && size == 1 {
				return nil, p.fail("valid UTF-8")
			}
			p.at += size - 1
		}
	}
	return nil, p.fail(`the closing "`)
}

// escaped goes on with a string from its first escape.
func (p *parser) escaped(out []byte) (any, error) {
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '"':
			p.at++
			return string(out), p.ended()
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
			continue
		case c < 0x20:
			return nil, p.fail("an escape in place of a control character")
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(p.text[p.at:])
			if r == utf8.RuneError && size == 1 {
				return nil, p.fail("valid UTF-8")
			}
			out = append(out, p.text[p.at:p.at+size]...)
			p.at += size
			continue
		}
		out = append(out, c)
		p.at++
	}
	return nil, p.fail(`the closing "`)
}

// escape reads one escape; two for a surrogate pair.
func (p *parser) escape() (rune, error) {
	if p.at+1 < len(p.text) {
		if i := strings.IndexByte(`"\/bfnrt`, p.text[p.at+1]); i >= 0 {
			p.at += 2
			return rune("\"\\/\b\f\n\r\t"[i]), nil
		}
	}
	r, ok := p.unit()
	if !ok {
		return 0, p.fail("an escape of JSON")
	}
	if utf16.IsSurrogate(r) {
		p.at += 6
		low, ok := p.unit()
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			p.at -= 6
			return 0, p.fail("a whole surrogate pair")
		}
		r = utf16.DecodeRune(r, low)
	}
	p.at += 6
	return r, nil
}

// unit looks at \uXXXX without passing it.
func (p *parser) unit() (rune, bool) {
	if p.at+6 > len(p.text) || p.text[p.at] != '\\' || p.text[p.at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(p.text[p.at+2:p.at+6], 16, 16)
	return rune(n), err == nil // ParseUint refuses signs, and underscores at base 16
}

// ended checks that nothing sticks to the end of a literal.
func (p *parser) ended() error {
	if p.at < len(p.text) && strings.IndexByte(" )]", p.text[p.at]) < 0 {
		return p.fail("a blank after the value")
	}
	return nil
}
