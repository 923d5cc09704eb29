package demo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"rollcall/scim/schema"
)

// person is somebody of the company, or something that has an account.
type person struct {
	// number counts people from 1; id is the account's, once there is one.
	number int
	id     string

	userName, given, family, display string
	from                             *culture
	department                       *department
	title                            string
	manager                          *person
	head                             bool
	// source is the place of the connection in sources; less than zero is an
	// operator's own work.
	source int
	fate   fate
	joined time.Time
	// purpose is what an account is for that is no person's.
	purpose string
	// invitation is the secret of the last link.
	invitation string
}

// drawer draws people who differ in their names.
type drawer struct {
	*rand.Rand
	taken map[string]bool
	heads map[*department]*person
	drawn int
}

// pick is one of a list.
func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// some reports true in so many of a hundred cases.
func some(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// person draws the next one. The first of each department leads it.
func (d *drawer) person() *person {
	p := &person{number: d.drawn + 1, from: &people[d.IntN(len(people))], source: d.source()}
	if d.drawn < len(departments) {
		p.department, p.head = &departments[d.drawn], true
		p.title, d.heads[p.department] = p.department.head, p
	} else {
		p.department = d.department()
		p.title, p.manager = pick(d.Rand, p.department.titles), d.heads[p.department]
	}
	d.drawn++
	d.name(p)
	return p
}

func (d *drawer) name(p *person) {
	given, plainGiven := spelled(pick(d.Rand, p.from.given))
	family, plainFamily := spelled(pick(d.Rand, p.from.family))
	p.given, p.family, p.display = given, family, given+" "+family
	if p.from.familyFirst {
		p.display = family + " " + given
	}
	base := plainGiven + "." + plainFamily
	p.userName = base + "@" + domain
	for n := 2; d.taken[p.userName]; n++ {
		p.userName = base + strconv.Itoa(n) + "@" + domain
	}
	d.taken[p.userName] = true
}

func (d *drawer) department() *department {
	at := d.IntN(100)
	for i := range departments {
		if at -= departments[i].share; at < 0 {
			return &departments[i]
		}
	}
	return &departments[0]
}

func (d *drawer) source() int {
	at := d.IntN(100)
	for i := range sources {
		if at -= sources[i].share; at < 0 {
			return i
		}
	}
	return -1
}

// object is a JSON object.
type object = map[string]any

// document is the account as it is made.
func (p *person) document(r *rand.Rand) object {
	if p.purpose != "" {
		return object{
			"schemas": []string{schema.UserURN, schema.LifecycleURN}, "userName": p.userName, "displayName": p.display, "userType": "Service",
			schema.LifecycleURN: object{"apiOnly": true, "purpose": p.purpose, "tags": []string{"service"}},
		}
	}
	extension := object{"employeeNumber": fmt.Sprintf("%06d", 100000+p.number), "costCenter": p.department.center, "department": p.department.name, "organization": "Meridian"}
	if p.manager != nil && p.manager.id != "" {
		extension["manager"] = object{"value": p.manager.id}
	}
	doc := object{
		"schemas": []string{schema.UserURN, schema.EnterpriseURN}, "userName": p.userName, "displayName": p.display, "title": p.title, "userType": "Employee",
		"name":              object{"givenName": p.given, "familyName": p.family, "formatted": p.display},
		"preferredLanguage": p.from.locale, "locale": p.from.locale, "timezone": p.from.timezone,
		"emails":             []object{{"value": p.userName, "type": "work", "primary": true}},
		"phoneNumbers":       []object{{"value": fmt.Sprintf("%s %04d", p.from.dialing, r.IntN(10000)), "type": "work"}},
		"addresses":          []object{{"type": "work", "locality": p.from.locality, "country": p.from.country}},
		schema.EnterpriseURN: extension,
	}
	if p.source >= 0 {
		doc["externalId"] = fmt.Sprintf("%s-%06d", sources[p.source].name, p.number)
	}
	if some(r, 60) {
		role := pick(r, roles)
		if p.head {
			role = "administrator"
		}
		doc["roles"] = []object{{"value": role, "primary": true}}
	}
	return doc
}

// notes are what operators keep on an account; nil for nothing.
func (p *person) notes(r *rand.Rand) object {
	notes := object{}
	if some(r, 30) {
		chosen := []string{pick(r, tags)}
		if other := pick(r, tags); other != chosen[0] && some(r, 40) {
			chosen = append(chosen, other)
		}
		notes["tags"] = chosen
	}
	if strings.HasPrefix(p.department.name, "Sales") && some(r, 60) || some(r, 6) {
		customer := pick(r, customers)
		notes["linkedContact"] = object{"value": fmt.Sprintf("C-%04d", 1000+r.IntN(9000)), "display": customer}
	}
	if len(notes) == 0 {
		return nil
	}
	return notes
}

// encode writes a JSON object.
func encode(o object) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // texts and lists of texts can be written
	}
	return string(text)
}
