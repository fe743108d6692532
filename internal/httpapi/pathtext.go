package httpapi

import (
	"net/http"
	"strings"
)

// noText stands in a path for what is no text; nothing is named so.
const noText = "\uFFFD"

// pathNames are the names of what varies in the path of a route.
func pathNames(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if name, varies := strings.CutPrefix(segment, "{"); varies {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// textInPath makes an identifier that is no text one that nothing has: each route has
// an answer for that, and no store is asked for what it cannot compare.
func textInPath(r *http.Request, names []string) {
	for _, name := range names {
		if isNoText(r.PathValue(name)) {
			r.SetPathValue(name, noText)
		}
	}
}
