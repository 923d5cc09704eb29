package admin

import (
	"strconv"
	"strings"
	"time"

	"rollcall/internal/validation"
)

// maxDays is a hundred years.
const maxDays = 36_525

// When reads a time in the future as people write it: a number of days such as
// 90d, a duration such as 12h, or a time such as 2030-01-31T00:00:00Z. The empty
// text is the zero time, which stands for never. The error names the field.
func When(field, text string, from time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		var life time.Duration
		if life, err = lifetime(text); err == nil {
			at = from.Add(life)
		}
	}
	switch {
	case err != nil:
		return time.Time{}, validation.Errorf(field, "%q is neither a number of days such as 90d, a duration such as 12h nor a time such as 2030-01-31T00:00:00Z", clip(text))
	case !at.After(from) || at.Year() > 9998:
		return time.Time{}, validation.Errorf(field, "%q is not in a reasonable future", clip(text))
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

func lifetime(text string) (time.Duration, error) {
	digits, ok := strings.CutSuffix(text, "d")
	if !ok {
		return time.ParseDuration(text)
	}
	days, err := strconv.Atoi(digits)
	if err == nil && days > maxDays {
		err = strconv.ErrRange
	}
	return time.Duration(days) * 24 * time.Hour, err
}

// clip keeps an error short, whatever was sent.
func clip(text string) string {
	const most = 64
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
