package browser

// tasks are what people do in the console. Each has a tenant of its own.
var tasks = []task{
	{"users are found", usersAreFound},
	{"users are added", usersAreAdded},
	{"an account goes through its life", accountLives},
	{"many are changed at once", manyAreChanged},
	{"groups are administered", groupsAreAdministered},
	{"the trail is searched", trailIsSearched},
	{"operators come and go", operatorsComeAndGo},
	{"connections are set up", connectionsAreSetUp},
	{"receivers are set up", receiversAreSetUp},
	{"policies are set", policiesAreSet},
	{"files are imported", filesAreImported},
	{"groups of one user", groupsOfOneUser},
	{"without scripts", withoutAnyScript},
	{"by keyboard alone", byKeyboardAlone},
	{"every page is fit to be seen", pagesAreFit},
}
