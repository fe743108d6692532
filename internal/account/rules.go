package account

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Bounds of what a user is made of: characters of a name and a password, bytes of an
// e-mail address.
const (
	MaxName     = 256
	MaxEmail    = 254
	MinPassword = 12
	MaxPassword = 256
)

// Refused holds every mistake in what was given.
type Refused struct {
	Problems []*webhook.Invalid
}

// Unwrap returns the problems.
func (e *Refused) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}

func (e *Refused) Error() string { return errors.Join(e.Unwrap()...).Error() }

// refusal is an error if there is a problem.
func refusal(problems ...*webhook.Invalid) error {
	var found []*webhook.Invalid
	for _, p := range problems {
		if p != nil {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &Refused{Problems: found}
}

func checkName(name string) *webhook.Invalid {
	if n := utf8.RuneCountInString(name); n < 1 || n > MaxName || strings.TrimSpace(name) == "" {
		return &webhook.Invalid{Field: "name", Code: "out_of_range", Message: fmt.Sprintf("A name has 1 to %d characters.", MaxName)}
	}
	return nil
}

// tidyEmail is the form in which an e-mail address is stored and compared.
func tidyEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func checkEmail(email string) *webhook.Invalid {
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > MaxEmail || strings.ContainsFunc(email, unicode.IsControl) {
		return &webhook.Invalid{Field: "email", Code: "invalid", Message: "This is not an e-mail address."}
	}
	return nil
}

func checkPassword(field string, password webhook.Secret) *webhook.Invalid {
	if n := utf8.RuneCountInString(password.Reveal()); n < MinPassword || n > MaxPassword {
		return &webhook.Invalid{Field: field, Code: "out_of_range", Message: fmt.Sprintf("A password has %d to %d characters.", MinPassword, MaxPassword)}
	}
	return nil
}
