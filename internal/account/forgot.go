package account

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/internal/requestid"
	"rollcall/internal/web"
	"rollcall/store"
)

// mostName is the longest userName or address that is looked for, in bytes.
const mostName = 320

const forgotTitle = "Forgotten your password?"

// forgot asks who somebody is.
func (f *face) forgot(c echo.Context) error {
	if _, err := f.tenant(c); err != nil {
		return err
	}
	if f.Forgot == nil {
		return f.render(c, http.StatusNotFound, page{Title: forgotTitle, Text: []string{"This server sends no mail. Ask your administrator for a link to set a new one."}})
	}
	return f.render(c, http.StatusOK, page{Title: forgotTitle, Text: []string{"We mail you a link to choose a new one."}, Forgot: &forgotForm{}})
}

// forgotten answers all alike. Whether there is such an account is found out
// later, and by nobody who asks here.
func (f *face) forgotten(c echo.Context) error {
	tenant, err := f.tenant(c)
	if err != nil {
		return err
	}
	if f.Forgot == nil {
		return echo.ErrNotFound
	}
	if f.Asked != nil {
		if wait, tooOften := f.Asked(c.Request().RemoteAddr); tooOften {
			c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(wait.Seconds(), 1)))))
			return echo.ErrTooManyRequests
		}
	}
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(strings.ToValidUTF8(sent.Get("name"), "?"))
	if name == "" || len(name) > mostName {
		return f.render(c, http.StatusUnprocessableEntity, page{
			Title: forgotTitle, Problem: "Give your user name or your email address.", Field: "name", Forgot: &forgotForm{},
		})
	}
	err = f.Forgot(c.Request().Context(), tenant, requestid.From(c.Request().Context()), name)
	if errors.Is(err, store.ErrFull) {
		return echo.ErrServiceUnavailable
	}
	if err != nil {
		return err
	}
	return f.render(c, http.StatusOK, page{Title: "Look into your mail", Text: []string{
		"If there is an account of that name or address that can have a new password, a mail with a link is on its way to its address.",
		"It may take some minutes. If none comes, look among the unwanted mail, or ask your administrator.",
	}})
}
