package browser

import (
	"fmt"

	"rollcall/internal/operator"
)

// strangers looks at what is shown to who has not signed in.
func (v *viewer) strangers() {
	v.t.Helper()
	v.visit("/users")
	v.judge("nobody has signed in")
	v.visit("/sign-in?link=nothing")
	v.judge("the link does not work")
}

// steps looks at the pages that an address does not lead to: what forms answer, and
// what others see.
func (v *viewer) steps() {
	v.t.Helper()
	for _, step := range []func(){v.inspects, v.addsUsers, v.changesOne, v.changesMany, v.imports, v.savesViews, v.connects, v.decides, v.tells, v.governs, v.others} {
		step()
	}
}

// inspects looks at requests of a connection.
func (v *viewer) inspects() {
	v.t.Helper()
	v.visit(v.home.connection + "/requests")
	v.requests(5)
	v.judge("the list of requests")
	for _, one := range []string{"POST /scim/v2/Users", "GET /scim/v2/Users"} {
		v.follow(one)
		v.judge("a request, " + one)
		v.follow("All requests")
	}
	v.choose("Status", "4xx")
	v.press("Show")
	v.follow("PATCH /scim/v2/Users")
	v.judge("a request that was refused")
}

// addsUsers looks at the answers of the form for users.
func (v *viewer) addsUsers() {
	v.t.Helper()
	v.visit("/users/new")
	v.fill("Username", "ada@example.com")
	v.tick("Active at once")
	v.press("Add the user")
	v.judge("a name that is taken")
	name := fmt.Sprintf("new%d@example.com", len(v.look.name))
	v.fill("Username", name)
	v.fill("Email", name)
	v.tick("Send an invitation")
	v.press("Add the user")
	v.judge("an invitation to hand over")
	v.visit(v.home.person + "/edit")
	script[bool](v.tab, `(find("field", "Tags").value = "x".repeat(100000), true)`)
	v.press("Save")
	if v.watch.answered() != 413 {
		v.t.Errorf("too much at once: status %d", v.watch.answered())
	}
	v.judge("too much at once")
}

// changesOne looks at the answers of what is done to one user, and to groups.
func (v *viewer) changesOne() {
	v.t.Helper()
	v.visit(v.home.person + "/actions/mark")
	v.press("Mark")
	v.judge("a mark without a purpose")
	v.visit(v.home.person)
	v.act("Send a reset link", "")
	v.judge("a link to hand over")
	v.visit(v.home.person + "/groups")
	v.fill("Group, by name or id", "nobody's")
	v.press("Add to the group")
	v.judge("a group that is none")
	v.fill("Role", v.look.name)
	v.press("Give the role")
	v.judge("a role that is given")
	v.visit(v.home.group)
	v.fill("Username, or id", "nobody")
	v.press("Add")
	v.judge("a member that is nobody")
}

// changesMany looks at a batch from the form to its undo.
func (v *viewer) changesMany() {
	v.t.Helper()
	for _, action := range []string{"Activate", "Add to group", "Tag", "Suspend"} {
		v.visit("/users?q=example")
		v.tick("all ")
		v.choose("With many users", action)
		v.press("Go on")
		v.judge("batch, what is asked: " + action)
	}
	v.fill("Reason", longest[:100])
	v.press("See what it would do")
	v.judge("batch, what it would do")
	v.press("Suspend: ")
	v.judge("batch, under way")
	v.settles("Undo: ")
	v.judge("batch, done")
	v.press("Undo: ")
	v.settles("Done: ")
	v.judge("batch, undone")
}

// imports looks at the steps of an import.
func (v *viewer) imports() {
	v.t.Helper()
	v.visit("/imports/new")
	v.chooseFile("displayName\nwithout the end of a \"quote\n")
	v.press("Go on")
	v.judge("import, a file that is none")
	v.chooseFile("userName,displayName,emails," + unbroken + ",title\nada@example.com,Ada " + v.look.name + ",ada@example.com,x," + longest +
		"\nnew@" + v.look.name[:5] + ".example,=1+1,no address," + unbroken + unbroken + ",\n,nobody,,,\n" + leftward + ",\"" + leftward + " " + longest + "\",,,\n")
	v.press("Go on")
	v.judge("import, the columns")
	v.press("See what it would do")
	v.judge("import, the look at it under way")
	v.settles("Import ")
	v.judge("import, what it would do")
	v.press("Import ")
	v.judge("import, under way")
	v.settles("Undo: ")
	v.judge("import, done")
	v.press("Undo: ")
	v.settles("Done")
	v.judge("import, undone")
}

// savesViews looks at the form for a view, at one that has no name, and at one that
// is saved.
func (v *viewer) savesViews() {
	v.t.Helper()
	v.visit("/users?q=ada")
	v.open("Columns")
	v.open("Save this view")
	v.judge("the columns and the name of a view")
	v.fill("Name", " ")
	v.press("Save")
	v.judge("a view without a name")
	v.fill("Name", v.look.name+" "+unbroken)
	v.press("Save")
	v.judge("a view that is saved")
	v.visit("/users?status=Broken")
	v.judge("a filter that is not understood")
	v.visit("/users")
	v.counted()
	v.judge("the list with its numbers")
	v.visit("")
	v.counted()
	for _, table := range []string{"Users by status", "Users by their last sign-in", "Who came and who went"} {
		v.open("As a table: " + table)
	}
	v.judge("the overview with its tables")
}

// connects looks at tokens that are made and revoked, and at what is refused.
func (v *viewer) connects() {
	v.t.Helper()
	v.visit(v.home.connection + "/tokens")
	v.fill("Ends", "yesterday")
	v.press("Make a token")
	v.judge("a token that ends in the past")
	v.fill("Ends", "90d")
	v.press("Make a token")
	v.judge("a token that is shown once")
	v.follow("Revoke rc_" + script[string](v.tab, `document.querySelector("main a.grave").ariaLabel.replace("Revoke rc_", "")`))
	v.judge("a token is revoked")
	v.visit("/connections")
	v.fill("Name", "hr")
	v.press("Add")
	v.judge("a connection that is there")
}

// decides looks at what the mass guard held, and at a decision.
func (v *viewer) decides() {
	v.t.Helper()
	v.visit("/deleted")
	v.judge("what is held")
	v.visit(v.home.guarded + "/guard")
	v.fill("Removals beyond the limit", "3")
	v.press("Allow")
	v.judge("more is allowed for a time")
	v.press("Block")
	v.judge("all is blocked for a time")
	v.press("End the block")
	if v.look.name == looks[len(looks)-1].name {
		v.press("Undo all")
		v.judge("all is undone")
	}
}

// tells looks at a receiver that is made and tried.
func (v *viewer) tells() {
	v.t.Helper()
	v.visit(v.home.receiver)
	for _, one := range []string{"Replay", "Remove the receiver"} {
		v.open(one)
	}
	v.judge("a receiver with its forms")
	v.fill("Its events and its log go with it.", "another")
	v.press("Remove the receiver")
	v.judge("the name of another receiver")
	v.visit("/receivers/new?kind=webhook")
	v.open("What there is")
	v.fill("Name", "hook "+v.look.name)
	v.fill("URL", "ftp://nobody.example")
	v.press("Add the receiver")
	v.judge("a URL that is none")
	v.fill("URL", "http://127.0.0.1:9")
	v.press("Add the receiver")
	v.judge("a secret that is shown once")
	v.press("Send a test")
	v.judge("a test that is not taken")
	v.press("Pause")
	v.judge("a receiver that is paused")
}

// governs looks at what is said of policies, operators and the trail.
func (v *viewer) governs() {
	v.t.Helper()
	v.visit("/policies")
	v.fill("Invitations work for", "for ever")
	v.press("See what changes")
	v.judge("policies, a value that is wrong")
	v.fill("Invitations work for", "3d")
	v.press("See what changes")
	v.judge("policies, what changes")
	v.visit(v.home.operator)
	v.press("Make a sign-in link")
	v.judge("a sign-in link to hand over")
	v.visit("/operators")
	v.fill("Name", "Nobody")
	v.fill("OpenID provider", "nothing")
	v.press("Add")
	v.judge("a provider that is none")
	v.visit("/audit")
	v.fill("Id of the subject", "nobody")
	v.press("Show")
	v.judge("the trail of nobody")
}

// others looks at what an auditor sees, and at a tenant where nothing is.
func (v *viewer) others() {
	v.t.Helper()
	as := func(s *site, role operator.Role, pages ...string) {
		other := *v
		other.tab, other.targets = s.signIn(v.t, role, v.look.options...), map[string]string{}
		for _, page := range pages {
			other.visit(page)
			other.judge(string(role) + " at " + page)
		}
		other.lead()
	}
	as(v.site, operator.Auditor, "", "/users", "/users/new", v.home.person, v.home.connection, "/policies", "/operators", v.home.receiver)
	as(v.site, operator.Helpdesk, "/users", v.home.person, v.home.person+"/sign-ins", "/audit")
	as(v.home.bare, operator.Owner, "", "/users", "/groups", "/deleted", "/batches", "/connections", "/receivers", "/policies", "/audit", "/operators", "/timers/guard")
}
