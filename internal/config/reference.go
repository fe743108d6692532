package config

import (
	"fmt"
	"strings"
)

const referenceHead = `# Configuration

<!-- Written by make gen from internal/config/settings.go. -->

Every setting has a default: nothing needs to be set. A value is looked for as a
flag, then in the environment, then in the configuration file; the first one found
counts. An environment variable that is empty counts as not set, except where empty
is a value. ` + "`tidings config print`" + ` shows what is in effect and where it comes from.

The file is YAML, named by ` + "`--config FILE` or `TIDINGS_CONFIG`" + `. A key that is not in this
list is an error; of a variable that begins with ` + "`TIDINGS_`" + ` and is not in it, the log
warns at the start. A list can be written as one or with commas:

` + "```yaml" + `
listen: 0.0.0.0:8080
base-url: https://webhooks.example.com
retry-schedule: [1s, 30s, 5m]
` + "```" + `

A duration is a number with a unit, such as ` + "`30s`, `5m` or `72h`" + `.
`

// Reference is the page docs/configuration.md.
func Reference() string {
	var page strings.Builder
	page.WriteString(referenceHead)
	for _, part := range []struct {
		title    string
		settings []Setting
	}{
		{"Serving and storing", serving()},
		{"Access", access()},
		{"Delivering", delivering()},
		{"Logging", logging()},
	} {
		fmt.Fprintf(&page, "\n## %s\n", part.title)
		for _, s := range part.settings {
			writeSetting(&page, s)
		}
	}
	return page.String()
}

func writeSetting(page *strings.Builder, s Setting) {
	fmt.Fprintf(page, "\n### %s\n\n%s\n\n", s.Key, s.Doc)
	if s.Flag != "" {
		fmt.Fprintf(page, "- Flag: `--%s`\n", s.Flag)
	}
	fmt.Fprintf(page, "- Environment: `%s`\n- Allowed: %s\n", s.Env, s.Allowed)
	if s.Default == "" {
		page.WriteString("- Default: none\n")
		return
	}
	fmt.Fprintf(page, "- Default: `%s`\n", s.Default)
}
