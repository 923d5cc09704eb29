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
	{"the main tasks without scripts", mainTasks(withoutScripts)},
	{"the main tasks by keyboard alone", mainTasks(byKeys)},
	{"the main tasks in the dark at 320 pixels", mainTasks(inDark, window(320, 640, 1))},
	{"by keyboard alone", byKeyboardAlone},
	{"every page is fit to be seen", pagesAreFit},
}
