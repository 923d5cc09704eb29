package main

import (
	"fmt"
	"net/url"
)

var departments = []string{"Sales", "Engineering", "Support", "Finance", "People", "Legal", "Marketing", "Operations"}

// userBody is a user as identity providers send them: about 1.4 KB when it is
// stored.
func userBody(prefix string, n int) []byte {
	name := fmt.Sprintf("%suser%07d", prefix, n)
	return fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
"userName":"%[1]s@example.com","externalId":"ext-%[1]s","active":true,
"name":{"formatted":"Given%[2]d Family%[2]d","givenName":"Given%[2]d","familyName":"Family%[2]d","middleName":"M"},
"displayName":"Given%[2]d Family%[2]d","nickName":"G%[2]d","title":"Senior Specialist %[3]d","userType":"Employee","preferredLanguage":"en-US","locale":"en-US","timezone":"Europe/Zurich",
"emails":[{"value":"%[1]s@work.example.com","type":"work","primary":true},{"value":"%[1]s@home.example.org","type":"home"}],
"phoneNumbers":[{"value":"+41 44 %07[2]d","type":"work"},{"value":"+41 79 %07[2]d","type":"mobile"}],
"addresses":[{"type":"work","streetAddress":"%[3]d Main Street","locality":"Zurich","region":"ZH","postalCode":"8%03[3]d","country":"CH","formatted":"%[3]d Main Street, 8%03[3]d Zurich"}],
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%07[2]d","costCenter":"CC-%[3]d","organization":"Example","division":"Division %[3]d","department":"%[4]s"}}`,
		name, n, n%500, departments[n%len(departments)])
}

func lookupPath(n int) string {
	return "/scim/v2/Users?filter=" + url.QueryEscape(fmt.Sprintf(`userName eq "user%07d@example.com"`, n))
}

func emailPath(n int) string {
	return "/scim/v2/Users?filter=" + url.QueryEscape(fmt.Sprintf(`emails[type eq "work" and value eq "user%07d@work.example.com"]`, n))
}
