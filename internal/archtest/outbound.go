package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// outbound are the names of the standard library by which a process opens a
// connection or asks for an address. Everything that leaves goes through
// internal/egress, which judges the address first.
var outbound = map[string][]string{
	"net": {
		"Dialer", "Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix",
		"Resolver", "DefaultResolver", "LookupHost", "LookupIP", "LookupAddr", "LookupCNAME", "LookupMX", "LookupNS", "LookupSRV", "LookupTXT",
		"ResolveTCPAddr", "ResolveUDPAddr", "ResolveIPAddr",
	},
	"net/http": {
		"Client", "Transport", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm",
	},
	"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
}

// outboundAllowed are the files and folders that may use them, and why.
var outboundAllowed = map[string]string{
	"internal/testkit/pgtest": "reaches the database that a test has started",
	"internal/egress":         "the guard itself",
	"internal/testkit":        "for tests only",
	"bench":                   "loads servers that it has started itself",
	"client":                  "talks to the server that its user named",
	"cmd/tidings/client.go":   "the command line talks to the server that its user named",
}

// CheckOutbound returns every use of a name in outbound outside those places.
func CheckOutbound(files []File) []string {
	var problems []string
	for _, file := range files {
		if file.Test() || outboundAllowed[file.Path] != "" || outboundAllowed[file.Package()] != "" {
			continue
		}
		for _, name := range selectors(file) {
			problems = append(problems, fmt.Sprintf("%s uses %s: what leaves goes through internal/egress", file.Path, name))
		}
	}
	return problems
}

// selectors lists the names of outbound that the file refers to.
func selectors(file File) []string {
	local := localNames(file)
	var found []string
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if name, ok := selector.X.(*ast.Ident); ok && slices.Contains(outbound[local[name.Name]], selector.Sel.Name) {
			found = append(found, local[name.Name]+"."+selector.Sel.Name)
		}
		return true
	})
	return found
}

// localNames maps the name under which the file knows a package to its path.
func localNames(file File) map[string]string {
	names := make(map[string]string)
	for _, spec := range file.Syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[strings.TrimSpace(name)] = imported
	}
	return names
}
