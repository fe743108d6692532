package catalog

import (
	"fmt"
	"strings"
)

const referenceHead = `# Event types

<!-- Written by make gen from internal/catalog. -->

An event names its type in the member ` + "`event`" + `. These types are built in: they are Logto's, with the groups of Logto's console, and every tenant has them.
` + "`GET /api/event-types`" + ` lists them in the order of Logto's schema, followed by the tenant's own.

`

const referenceTail = `
` + "`tidings emit TYPE`" + ` without a payload sends a sample of the real shape; ` + "`GET /api/event-types/{name}`" + ` shows it as ` + "`example`" + `.

## Selecting event types

A webhook's ` + "`eventTypes`" + ` holds names, ` + "`*`" + ` for all event types, and ` + "`Group.*`" + ` for those whose name begins with ` + "`Group.`" + `. Patterns cover event types that are added
later. (A group in such a pattern is the beginning of a name, such as ` + "`User.*`" + `; the headings above are for people.)

## Your own event types

` + "```sh" + `
curl -X POST "$TIDINGS_URL/api/event-types" -H "Authorization: Bearer $TIDINGS_API_KEY" -H 'Content-Type: application/json' -d '{
  "name": "order.paid", "group": "Orders", "description": "An order is paid.",
  "schema": {"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required": ["id"]}}},
  "example": {"event": "order.paid", "data": {"id": "o_1"}}
}'
` + "```" + `

| Member | What it is |
|---|---|
| ` + "`name`" + ` | Words of letters, digits, ` + "`-` and `_`" + ` with dots between them, at most 128 characters. It stays. Names that differ only in case cannot stand beside each other. |
| ` + "`group`, `description`" + ` | For people, at most 64 and 1,000 characters. |
| ` + "`schema`" + ` | A JSON Schema that every payload must fit, at most 64 KiB. |
| ` + "`example`" + ` | A payload as it is posted, at most 64 KiB; as JSON, or as text. It is what test payloads are made of, and must fit the schema. |
| ` + "`deprecated`" + ` | Shown in lists; changes nothing else. |

` + "`PATCH /api/event-types/{name}`" + ` changes what it is given; ` + "`null`" + ` takes schema or example away. ` + "`DELETE`" + ` removes the event type: events of it are refused from then on,
those accepted stay and are delivered. While a webhook selects it by its name it cannot be deleted (409 ` + "`event_type.in_use`" + `), because that webhook would wait in
vain; patterns do not hold it. Event types that are built in can be neither changed nor deleted (409 ` + "`event_type.built_in`" + `).

## JSON Schema

Schemas are of draft 2020-12, or of the older draft that ` + "`$schema`" + ` names (2019-09, 07, 06, 04). ` + "`format`" + ` is checked. Numbers are compared exactly, whatever their size.
The schema sees the payload as it was posted, with ` + "`event`" + ` and without what Tidings appends (` + "`createdAt`, `hookId`" + `).

A payload that does not fit is refused with 400 ` + "`event.schema_mismatch`" + `; ` + "`data.issues`" + ` holds for each mistake a JSON pointer to its place. ` + "`POST /api/event-types/{name}/validate`" + `
says the same of a payload without sending it: ` + "`{\"ok\": false, \"problems\": [{\"path\": \"/data/id\", \"message\": \"…\"}]}`" + `.

A schema that cannot be used is refused when it is saved, with the place. Besides mistakes, these are not accepted:

- References beyond the schema: a ` + "`$ref`" + ` begins with ` + "`#`" + `. Nothing is ever loaded, neither from the network nor from files. ` + "`$dynamicRef` and `$recursiveRef`" + ` are not supported.
- Regular expressions that need to look ahead or back: they are matched in linear time ([RE2 syntax](https://github.com/google/re2/wiki/Syntax)).
- What goes beyond the bounds in [limits.md](limits.md).
`

// consoleGroups are the groups in the order of Logto's console.
func consoleGroups() []string {
	return []string{"User", "Organization", "Role", "Organization role", "Permission", "Organization permission", "User interaction", "Security"}
}

// Reference is the page docs/event-types.md.
func (c *Catalog) Reference() string {
	var page strings.Builder
	page.WriteString(referenceHead)
	page.WriteString("| Group | Event type | When it is sent |\n|---|---|---|\n")
	for _, group := range consoleGroups() {
		for _, t := range c.types {
			if t.Group == group {
				fmt.Fprintf(&page, "| %s | `%s` | %s |\n", group, t.Name, strings.ReplaceAll(t.Description, "|", `\|`))
			}
		}
	}
	page.WriteString(referenceTail)
	return page.String()
}
