package api

import (
	"net/http"
	"strconv"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/lifecycle"
)

func (f *face) policyRoutes(r *routes) {
	r.get("/policy", (*call).policy)
	r.add(http.MethodPut, "/policy", auth.ScopeAdminWrite, (*call).setPolicy, "reason")
}

// policyView is a policy with its revision, 0 for the standard one.
type policyView struct {
	Revision int64            `json:"revision"`
	Policy   lifecycle.Policy `json:"policy"`
}

func (c *call) policy() error {
	policy, revision, err := c.face.Provider.Policy(c.Request().Context(), c.caller())
	if err != nil {
		return err
	}
	return c.policyReply(policy, revision)
}

func (c *call) policyReply(policy lifecycle.Policy, revision int64) error {
	c.Response().Header().Set("ETag", `"`+strconv.FormatInt(revision, 10)+`"`)
	return c.reply(http.StatusOK, policyView{revision, policy})
}

// setPolicy replaces what the tenant decides otherwise than the standard policy.
func (c *call) setPolicy() error {
	match, err := revision(c.Request().Header.Values("If-Match"))
	if err != nil {
		return err
	}
	if err := admin.CheckText("reason", c.QueryParam("reason")); err != nil {
		return err
	}
	text, err := c.body()
	if err != nil {
		return err
	}
	policy, revision, err := c.face.Provider.SetPolicy(c.Request().Context(), c.caller(), text, match, c.QueryParam("reason"))
	if err != nil {
		return err
	}
	return c.policyReply(policy, revision)
}

// revision reads an If-Match header of one entity tag; -1 is any.
func revision(headers []string) (int64, error) {
	header := strings.TrimSpace(strings.Join(headers, ","))
	if header == "" || header == "*" {
		return -1, nil
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(header, "W/"), `"`), 10, 64)
	if err != nil || n < 0 {
		return 0, newProblem(http.StatusPreconditionFailed, "the policy has another revision than If-Match names")
	}
	return n, nil
}
