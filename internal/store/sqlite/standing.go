package sqlite

import (
	"slices"

	"github.com/tidingshq/tidings/internal/webhook"
)

// standing is state and result of a logged delivery in one number. The result counts
// only for ended ones, where only a redelivery changes it: so the number, which is
// indexed, does not change with each attempt. The numbers are in the database.
type standing int

const (
	standingRetrying  standing = 0
	standingSucceeded standing = 1
	standingCancelled standing = 2
	// standingRedelivered is of those that succeeded, but did not when they were redelivered.
	standingRedelivered standing = 3
	// standingFailed is the first of one number for each class of result.
	standingFailed standing = 10
)

// failedClasses are the classes of a failed delivery in the order of their numbers.
func failedClasses() []webhook.ResultClass {
	return []webhook.ResultClass{
		webhook.ResultOther, webhook.Result2xx, webhook.Result3xx, webhook.Result4xx, webhook.Result5xx,
		webhook.ResultTimeout, webhook.ResultNetwork, webhook.ResultBlocked,
	}
}

func standingOf(state webhook.State, class webhook.ResultClass) standing {
	switch state {
	case webhook.StateSucceeded:
		if class != webhook.Result2xx {
			return standingRedelivered
		}
		return standingSucceeded
	case webhook.StateCancelled:
		return standingCancelled
	case webhook.StateFailed:
		return standingFailed + standing(max(0, slices.Index(failedClasses(), class)))
	default:
		return standingRetrying
	}
}

// shelf is the part of a list that one index walk yields.
type shelf struct {
	standing standing
	state    webhook.State
	// byResult says that the standing does not settle the result: it is looked up.
	byResult bool
}

// shelves are the walks that find what has one of the states and one of the results;
// without any, all.
func shelves(states []webhook.State, results []webhook.ResultClass) []shelf {
	var found []shelf
	add := func(s shelf, class webhook.ResultClass) {
		byState := len(states) == 0 || slices.Contains(states, s.state)
		byResult := len(results) == 0 || s.byResult || slices.Contains(results, class)
		if byState && byResult {
			found = append(found, s)
		}
	}
	add(shelf{standingRetrying, webhook.StateRetrying, true}, "")
	add(shelf{standingRetrying, webhook.StateHeld, true}, "")
	add(shelf{standingSucceeded, webhook.StateSucceeded, false}, webhook.Result2xx)
	add(shelf{standingRedelivered, webhook.StateSucceeded, true}, "")
	add(shelf{standingCancelled, webhook.StateCancelled, true}, "")
	for i, class := range failedClasses() {
		add(shelf{standingFailed + standing(i), webhook.StateFailed, false}, class)
	}
	return found
}
