package demo

// fate is what becomes of an account, by its place in fates.
type fate int

// maker is who makes an account.
type maker int

const (
	byAnyone maker = iota
	byOperators
	byConnections
)

// lot is a fate and who shares it.
type lot struct {
	// permille is how many of a thousand, least how many at least, most at most;
	// zero is no bound.
	permille, least, most int
	by                    maker
	live                  func(*story, *person)
}

// fates are all there are. The first is that of everybody who is left.
var fates = []lot{
	{live: (*story).works},
	{60, 2, 0, byAnyone, (*story).growsStale},
	{20, 1, 0, byAnyone, (*story).isNew},
	{15, 1, 0, byAnyone, (*story).neverCame},
	{20, 2, 0, byOperators, (*story).isInvited},
	{7, 1, 0, byOperators, (*story).missedInvitation},
	{10, 1, 6, byOperators, (*story).acceptedInvitation}, // each chooses a password, which is slow by design
	{5, 1, 0, byOperators, (*story).awaitsApproval},
	{20, 2, 0, byAnyone, (*story).isSuspended},
	{20, 1, 0, byConnections, (*story).isDisabled},
	{4, 1, 0, byConnections, (*story).isContested},
	{20, 1, 0, byAnyone, (*story).cameBack},
	{7, 1, 0, byAnyone, (*story).isLocked},
	{4, 1, 5, byAnyone, (*story).isGuessed},
	{7, 1, 0, byAnyone, (*story).wasUnlocked},
	{30, 2, 0, byAnyone, (*story).left},
	{15, 1, 0, byAnyone, (*story).leftLongAgo},
	{5, 1, 0, byAnyone, (*story).wasRestored},
	{20, 1, 0, byAnyone, (*story).willLeave},
	{10, 1, 0, byAnyone, (*story).hasExpired},
	{6, 1, 0, byOperators, (*story).isStaged},
	{8, 1, 0, byOperators, (*story).willStart},
	{40, 1, 0, byConnections, (*story).movesOn},
	{0, 1, 1, byOperators, (*story).breaksGlass},
	{12, 2, len(services), byOperators, (*story).serves},
}
