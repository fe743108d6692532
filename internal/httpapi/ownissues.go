package httpapi

import "net/http"

// ownIssues puts mistakes into the form that routes of our own use.
func ownIssues(found []issue) []ownIssue {
	list := make([]ownIssue, len(found))
	for i, one := range found {
		switch one := one.(type) {
		case typeIssue:
			list[i] = ownIssue{Path: dotted(one.Path), Code: one.Code, Message: one.Message}
		case sizeIssue:
			list[i] = ownIssue{Path: dotted(one.Path), Code: one.Code, Message: one.Message}
		case customIssue:
			list[i] = ownIssue{Path: dotted(one.Path), Code: one.Code, Message: one.Message}
			if one.Params != nil {
				list[i].Code = one.Params.Code
			}
		case ownIssue:
			list[i] = one
		}
	}
	return list
}

// ownInvalid answers a bad body of a route of our own.
func ownInvalid(found ...ownIssue) *problem {
	list := issueList{Issues: make([]issue, len(found))}
	for i, one := range found {
		list.Issues[i] = one
	}
	return &problem{status: http.StatusBadRequest, Code: codeInvalidInput, Message: "The request body is invalid.", Data: list}
}
