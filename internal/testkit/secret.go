package testkit

import (
	"fmt"
	"strings"
	"testing"
)

// AssertNoSecret fails the test if one of the secrets can be read in the value as it
// prints, in detail or not.
func AssertNoSecret(tb testing.TB, value any, secrets ...string) {
	tb.Helper()
	shown := fmt.Sprintf("%v\n%+v\n%#v", value, value, value)
	for _, secret := range secrets {
		if strings.Contains(shown, secret) {
			tb.Errorf("a secret can be read in the %T", value)
		}
	}
}
