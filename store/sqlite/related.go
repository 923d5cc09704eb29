package sqlite

import (
	"fmt"

	"rollcall/store"
)

// related translates a condition on members or groups.
func (s scope) related(e store.Related) (fragment, error) {
	member := s.next("m")
	inner := scope{relatedID: member + ".group_id", relatedType: member + ".group_type", aliases: s.aliases}
	var from string
	switch e.Relation {
	case store.Members:
		inner.relatedID, inner.relatedType = member+".member_id", member+".member_type"
		from = fmt.Sprintf("member %[1]s WHERE %[1]s.tenant = %[2]s.tenant AND %[1]s.group_id = %[2]s.id AND %[1]s.group_type = %[2]s.type", member, s.alias)
	case store.Groups:
		from = fmt.Sprintf("member %[1]s WHERE %[1]s.tenant = %[2]s.tenant AND %[1]s.member_id = %[2]s.id AND %[1]s.member_type = %[2]s.type", member, s.alias)
	case store.AllGroups:
		from = fmt.Sprintf(`(WITH RECURSIVE up(group_id, group_type) AS (
				SELECT d.group_id, d.group_type FROM member d WHERE d.tenant = %[2]s.tenant AND d.member_id = %[2]s.id AND d.member_type = %[2]s.type
				UNION
				SELECT n.group_id, n.group_type FROM up CROSS JOIN member n
				ON n.tenant = %[2]s.tenant AND n.member_id = up.group_id AND n.member_type = up.group_type
			) SELECT group_id, group_type FROM up) %[1]s WHERE 1`, member, s.alias)
	default:
		return fragment{}, fmt.Errorf("unknown relation %d", e.Relation)
	}
	where, err := inner.condition(e.Where)
	return sqlf("EXISTS (SELECT 1 FROM %s AND %s)", raw(from), where), err
}
