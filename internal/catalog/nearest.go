package catalog

import (
	"strings"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
)

// longestGuess bounds what Nearest compares: a name beyond it is no typing mistake.
const longestGuess = 64

// Nearest is the event type, of these or more, that was probably meant by name,
// empty if none comes close. Case does not count; otherwise the fewest
// single-character changes win.
func (c *Catalog) Nearest(name string, more ...webhook.EventType) string {
	known := make([]string, 0, len(c.types)+len(more))
	for _, t := range append(c.Names(), more...) {
		known = append(known, string(t))
	}
	return NearestOf(name, known)
}

// NearestOf is the candidate that was probably meant; empty if none comes close.
func NearestOf(name string, candidates []string) string {
	if len(name) > longestGuess || !utf8.ValidString(name) {
		return ""
	}
	wanted := []rune(strings.ToLower(name))
	best, fewest := "", len(wanted)/2+1
	for _, candidate := range candidates {
		if changes := distance(wanted, []rune(strings.ToLower(candidate))); changes < fewest {
			best, fewest = candidate, changes
		}
	}
	return best
}

// distance is the number of insertions, deletions and replacements that turn a
// into b (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
