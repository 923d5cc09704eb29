package filter

import (
	ast "github.com/scim2/filter-parser/v2"

	"rollcall/scim/fault"
)

// The bounds of filter and path text. Only parentheses, "not" and brackets
// nest, so that they bound the parser's stack; chains of "and" and "or" cost
// no depth.
const (
	MaxLength = 8192
	MaxDepth  = 64
)

// Parse reads the text of a filter. A refusal is a *fault.Error with
// invalidFilter that says what was expected and at which byte; it never
// repeats a literal, which may be personal data.
func Parse(text string) (ast.Expression, error) {
	if len(text) > MaxLength {
		return nil, fault.New(fault.InvalidFilter, "the filter is longer than %d bytes", MaxLength)
	}
	p := parser{text: text}
	p.spaces()
	if p.at == len(p.text) {
		return nil, fault.New(fault.InvalidFilter, "the filter is empty")
	}
	e, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	p.spaces()
	if p.at < len(p.text) {
		return nil, p.fail(`"and", "or" or the end`)
	}
	return e, nil
}

// parser reads by recursive descent, straight from the text.
type parser struct {
	text  string
	at    int
	depth int
	// inside says that the parser is between [ and ], where no [ may follow.
	inside bool
}

// disjunction = conjunction *( SP "or" SP conjunction ).
func (p *parser) disjunction() (ast.Expression, error) {
	left, err := p.conjunction()
	for err == nil && p.joint("or") {
		var right ast.Expression
		if right, err = p.conjunction(); err == nil {
			left = &ast.LogicalExpression{Left: left, Right: right, Operator: ast.OR}
		}
	}
	return left, err
}

// conjunction = term *( SP "and" SP term ).
func (p *parser) conjunction() (ast.Expression, error) {
	left, err := p.term()
	for err == nil && p.joint("and") {
		var right ast.Expression
		if right, err = p.term(); err == nil {
			left = &ast.LogicalExpression{Left: left, Right: right, Operator: ast.AND}
		}
	}
	return left, err
}

// term = ["not" *SP] "(" filter ")" / valuePath / attrExp.
func (p *parser) term() (ast.Expression, error) {
	p.spaces()
	if p.next('(') {
		return p.group()
	}
	start := p.at
	if p.word("not") {
		p.spaces()
		if p.next('(') {
			e, err := p.group()
			if err != nil {
				return nil, err
			}
			return &ast.NotExpression{Expression: e}, nil
		}
		p.at = start // an attribute of that name
	}
	path, err := p.attributePath()
	if err != nil {
		return nil, err
	}
	if p.next('[') {
		return p.valuePath(path)
	}
	return p.comparison(path)
}

// group reads what follows "(".
func (p *parser) group() (ast.Expression, error) {
	if err := p.enter(1); err != nil {
		return nil, err
	}
	e, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	p.spaces()
	if !p.next(')') {
		return nil, p.fail(`"and", "or" or ")"`)
	}
	p.depth--
	return e, nil
}

// valuePath reads what follows "[". Beyond the grammar it takes
// emails[type eq "work"].value eq "x", which some clients send, and turns it
// into the condition that it stands for.
func (p *parser) valuePath(path ast.AttributePath) (ast.Expression, error) {
	where, err := p.where()
	if err != nil {
		return nil, err
	}
	if p.next('.') {
		sub, err := p.name()
		if err != nil {
			return nil, err
		}
		e, err := p.comparison(ast.AttributePath{AttributeName: sub})
		if err != nil {
			return nil, err
		}
		where = &ast.LogicalExpression{Left: where, Right: e, Operator: ast.AND}
	}
	return &ast.ValuePath{AttributePath: path, ValueFilter: where}, nil
}

// where reads a value filter and its "]".
func (p *parser) where() (ast.Expression, error) {
	if p.inside {
		p.at--
		return nil, p.fail("no second filter within [ ]")
	}
	// Two levels, because ".sub" may wrap what is inside once more.
	if err := p.enter(2); err != nil {
		return nil, err
	}
	p.inside = true
	e, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	p.spaces()
	if !p.next(']') {
		return nil, p.fail(`"and", "or" or "]"`)
	}
	p.inside = false
	p.depth -= 2
	return e, nil
}

var operators = [...]ast.CompareOperator{ast.EQ, ast.NE, ast.CO, ast.SW, ast.EW, ast.GT, ast.GE, ast.LT, ast.LE}

// comparison reads the operator and the literal.
func (p *parser) comparison(path ast.AttributePath) (ast.Expression, error) {
	const expected = "a blank and one of the operators eq, ne, co, sw, ew, gt, ge, lt, le, pr"
	if !p.blank() {
		return nil, p.fail(expected)
	}
	p.spaces()
	if p.word("pr") {
		return &ast.AttributeExpression{AttributePath: path, Operator: ast.PR}, nil
	}
	for _, operator := range operators {
		if !p.word(string(operator)) {
			continue
		}
		if !p.blank() {
			return nil, p.fail("a blank and a value")
		}
		p.spaces()
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		return &ast.AttributeExpression{AttributePath: path, Operator: operator, CompareValue: value}, nil
	}
	return nil, p.fail(expected)
}
