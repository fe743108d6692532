package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
)

var (
	promised  = regexp.MustCompile(`\[case ([A-Za-z]+/[A-Za-z0-9]+)\]`)
	caseNamed = regexp.MustCompile(`^[A-Z][A-Za-z]*/[A-Z][A-Za-z0-9]*$`)
)

// CheckCases compares the cases that the contract in internal/store names with
// those that internal/store/storetest registers.
func CheckCases(files []File) []string {
	var named, registered []string
	for _, file := range files {
		switch file.Package() {
		case "internal/store":
			named = append(named, promisedCases(file)...)
		case "internal/store/storetest":
			registered = append(registered, registeredCases(file)...)
		}
	}
	if len(named) == 0 {
		return []string{"internal/store names no case"}
	}
	return append(
		missing(named, registered, "internal/store promises the case %s, but storetest does not register it"),
		missing(registered, named, "storetest registers the case %s, but no promise in internal/store names it")...,
	)
}

func promisedCases(file File) []string {
	var cases []string
	for _, group := range file.Syntax.Comments {
		for _, match := range promised.FindAllStringSubmatch(group.Text(), -1) {
			cases = append(cases, match[1])
		}
	}
	return cases
}

// registeredCases are the names of entries such as {"Queue/ClaimOnce", claimOnce}.
func registeredCases(file File) []string {
	var cases []string
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		entry, ok := node.(*ast.CompositeLit)
		if !ok || len(entry.Elts) == 0 {
			return true
		}
		first := entry.Elts[0]
		if pair, ok := first.(*ast.KeyValueExpr); ok {
			first = pair.Value
		}
		if name, ok := text(first); ok && caseNamed.MatchString(name) {
			cases = append(cases, name)
		}
		return true
	})
	return cases
}

func text(node ast.Expr) (string, bool) {
	literal, ok := node.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}

func missing(want, have []string, format string) []string {
	var problems []string
	for _, name := range want {
		if !slices.Contains(have, name) {
			problems = append(problems, fmt.Sprintf(format, name))
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}
