package demo

// domain is under the top level domain that is nobody's (RFC 2606): no mail and no
// call ever gets there.
const domain = "meridian.example"

// department is a part of the company.
type department struct {
	name, center string
	// head is the title of who leads it, titles are those of the others.
	head   string
	titles []string
	// teams are groups inside of its group.
	teams []string
	// share is how many of a hundred work there.
	share int
}

var departments = []department{
	{"Engineering", "CC-210", "VP Engineering", list("Software Engineer, Senior Software Engineer, Site Reliability Engineer, Test Engineer, Engineering Manager, Staff Engineer"), list("Platform, Mobile, Data"), 28},
	{"Sales", "CC-310", "Chief Revenue Officer", list("Account Executive, Sales Engineer, Inside Sales Representative, Regional Sales Manager"), list("Sales EMEA, Sales APAC, Sales Americas"), 18},
	{"Customer Support", "CC-320", "Director of Support", list("Support Agent, Senior Support Agent, Support Team Lead, Escalation Engineer"), list("Support Tier 1, Support Tier 2"), 16},
	{"Operations", "CC-410", "Chief Operating Officer", list("Logistics Planner, Warehouse Coordinator, Procurement Specialist, Operations Analyst"), nil, 12},
	{"Marketing", "CC-330", "Head of Marketing", list("Content Strategist, Brand Designer, Campaign Manager, Event Coordinator"), nil, 8},
	{"Finance", "CC-110", "Chief Financial Officer", list("Accountant, Payroll Specialist, Financial Controller, Treasury Analyst"), nil, 7},
	{"People", "CC-120", "Head of People", list("Recruiter, People Partner, Learning Specialist"), nil, 5},
	{"Legal", "CC-130", "General Counsel", list("Counsel, Paralegal, Privacy Officer"), nil, 3},
	{"IT", "CC-140", "Chief Information Officer", list("System Administrator, Identity Engineer, Service Desk Analyst"), nil, 3},
}

// The words of the company's daily life.
var (
	applications = list("Wiki, Mail, CRM, Payroll, VPN, Git, Expenses, Calendar")
	tags         = list("remote, on-call, works-council, trainer, first-aid, union, night-shift, pilot-group")
	projects     = list("Project Aurora, Project Lighthouse, VPN users, Office Leeds, Office Kobe, Security champions, Payroll approvers")
	customers    = list("Harbour Logistics, Alpine Foods, Cobalt Mining, Juniper Textiles, Santos Shipping, Orchid Hotels, Delta Freight")
	roles        = list("editor, viewer, approver, billing, administrator")
	suspensions  = list("Parental leave, Sabbatical until the end of the quarter, Laptop reported lost, Investigation 2214 of the security team, Leaves the company: notice period, Unpaid leave, Long-term illness")
	departures   = list("Left the company, Contract ended, Moved to the subsidiary in Lyon, Duplicate of another account, Retired")
	locks        = list("Password was seen in a breach, Impossible travel: asked to call the service desk, Phishing reported by the owner")
	services     = [][2]string{
		{"svc-payroll-export", "Exports changes of staff to the payroll provider every night"},
		{"svc-backup", "Reads the directory for the backup"},
		{"svc-monitoring", "Checks that sign-in works, every five minutes"},
		{"svc-crm-sync", "Keeps owners of accounts in the CRM in step"},
		{"svc-door-badges", "Feeds the badge readers in Leeds and Kobe"},
		{"svc-legacy-fax", "Sends dunning letters; to be replaced"},
		{"svc-bi-reports", "Counts of staff for the board's dashboard"},
		{"svc-ci", "Looks up who may deploy"},
	}
)

// staff are the operators of the console.
var staff = []struct{ name, role string }{
	{"Ingrid Aas", "owner"}, {"Rafael Monteiro", "admin"}, {"Wanjiru Kamau", "admin"}, {"Service desk", "helpdesk"}, {"Deepa Raman (internal audit)", "auditor"},
}

// sources are the connections, with how many of a hundred people they provision;
// the others are made by operators.
var sources = []struct {
	name, kind string
	share      int
}{{"entra", "entra", 48}, {"okta", "okta", 25}, {"hr-feed", "generic", 9}}
