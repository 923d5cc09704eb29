package filter

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	ast "github.com/scim2/filter-parser/v2"
)

// Print writes a filter in the grammar's words with as few parentheses as
// keep its meaning and its shape: Parse reads the same tree back.
func Print(e ast.Expression) string { return string(appendExpression(nil, e)) }

func appendExpression(out []byte, e ast.Expression) []byte {
	switch e := e.(type) {
	case *ast.LogicalExpression:
		out = appendOperand(out, e.Left, e.Operator, false)
		out = append(append(append(out, ' '), e.Operator...), ' ')
		return appendOperand(out, e.Right, e.Operator, true)
	case *ast.NotExpression:
		return append(appendExpression(append(out, "not("...), e.Expression), ')')
	case *ast.ValuePath:
		out = append(append(out, fullName(e.AttributePath)...), '[')
		return append(appendExpression(out, e.ValueFilter), ']')
	case *ast.AttributeExpression:
		out = append(out, fullName(e.AttributePath)...)
		out = append(append(out, ' '), e.Operator...)
		if e.Operator == ast.PR {
			return out
		}
		return appendLiteral(append(out, ' '), e.CompareValue)
	}
	return out
}

// appendOperand puts parentheses round an operand that would otherwise join
// with its neighbour.
func appendOperand(out []byte, e ast.Expression, within ast.LogicalOperator, right bool) []byte {
	inner, ok := e.(*ast.LogicalExpression)
	if !ok || inner.Operator == ast.AND && (within == ast.OR || !right) || inner.Operator == within && !right {
		return appendExpression(out, e)
	}
	return append(appendExpression(append(out, '('), e), ')')
}

func appendLiteral(out []byte, literal any) []byte {
	switch v := literal.(type) {
	case string:
		out, _ = jsontext.AppendQuote(out, v) // cannot fail: the parser took only UTF-8
		return out
	case bool:
		return strconv.AppendBool(out, v)
	case float64:
		return strconv.AppendFloat(out, v, 'g', -1, 64)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	default:
		return append(out, "null"...)
	}
}
