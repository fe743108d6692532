package webhook

// ResultClass is what came of an attempt, in as many words as a filter needs.
type ResultClass string

// The classes of results. Network is every failing of the connection but a timeout;
// Other is what has no answer and no failing of the network: an interruption, a 1xx.
const (
	Result2xx     ResultClass = "2xx"
	Result3xx     ResultClass = "3xx"
	Result4xx     ResultClass = "4xx"
	Result5xx     ResultClass = "5xx"
	ResultTimeout ResultClass = "timeout"
	ResultNetwork ResultClass = "network"
	ResultBlocked ResultClass = "blocked"
	ResultOther   ResultClass = "other"
)

// ResultClasses lists the classes that can be asked for.
var ResultClasses = []ResultClass{Result2xx, Result3xx, Result4xx, Result5xx, ResultTimeout, ResultNetwork, ResultBlocked}

var statusClasses = map[int]ResultClass{2: Result2xx, 3: Result3xx, 4: Result4xx, 5: Result5xx}

// Class is the class of the attempt's result: the status if there was one.
func (a *Attempt) Class() ResultClass {
	if class, ok := statusClasses[a.Status/100]; ok {
		return class
	}
	switch a.Reason {
	case ReasonTimeout:
		return ResultTimeout
	case ReasonBlockedAddress:
		return ResultBlocked
	case ReasonDNS, ReasonConnect, ReasonTLS, ReasonReset, ReasonBadResponse, ReasonHeadersTooLarge:
		return ResultNetwork
	default:
		return ResultOther
	}
}
