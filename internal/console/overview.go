package console

import (
	"net/http"

	"rollcall/internal/operator"
)

func (f *face) overviewRoutes(r *routes) {
	r.show("", operator.ViewAccounts, (*call).overview)
}

func (c *call) overview() error {
	return c.page(http.StatusOK, "overview", "Overview", nil)
}
