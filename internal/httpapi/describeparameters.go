package httpapi

import "math"

// commonParameters describes the parameters that mean the same wherever they are.
func commonParameters() map[string]parameter {
	return map[string]parameter{
		"id":      {text: "The identifier."},
		"number":  {text: "The number of the attempt, from 1.", from: 1, to: 1 << 30},
		"name":    {text: "The name of the event type."},
		"cursor":  {text: "Where to go on: `next` of the page before."},
		"limit":   {text: "How many entries a page has.", from: 1, to: maxLimit, fallback: defaultLimit},
		"from":    {text: "The earliest time, in RFC 3339 or Unix milliseconds."},
		"to":      {text: "The latest time, in RFC 3339 or Unix milliseconds. Entries of that very moment are among them, as with `from`."},
		"q":       {text: "An exact identifier, or else a part of a text. A part is looked for in the newest entries only; the answer says so."},
		"webhook": {text: "Only those of the webhook with this identifier."},
		"eventType": {
			text: "Only those of this event type. May be given several times.",
		},
		"state": {text: "Only those in this state. May be given several times.", enum: anyTexts(allStates)},

		"result": {text: "Only those whose last attempt ended like this. May be given several times."},
		"health": {text: "Only webhooks whose requests of the past 24 hours go like this: failing is below 90 % successes, degraded below 99 %."},
		"sort":   {text: "The order; with a minus the other way round. `health` has what is failing first, then by name.", fallback: "-createdAt"},
		"If-Match": {
			text: "The `ETag` of the webhook as it was read. Without it the answer is 428, and 412 if the webhook has been changed since.",
		},

		"page":                  {text: "The number of the page, from 1.", from: 1, to: maxPage, fallback: 1},
		"page_size":             {text: "How many entries a page has.", from: 1, to: maxPageSize, fallback: defaultPageSize},
		"includeExecutionStats": {text: "Whether to add the requests and successes of the past 24 hours: `1`, `true`, `y` or `yes`."},
		"logKey":                {text: "Only entries with this key: `TriggerHook.` and an event type."},
		"start_time":            {text: "The earliest time, in Unix milliseconds. The past 24 hours if neither bound is given.", from: 0, to: math.MaxInt64},
		"end_time":              {text: "The latest time, in Unix milliseconds.", from: 0, to: math.MaxInt64},
		"enableCap":             {text: "Whether to stop counting at 10,000: `1`, `true`, `y` or `yes`."},
	}
}

// limitOfBytes describes limit where bytes are answered.
func limitOfBytes() map[string]parameter {
	return map[string]parameter{"limit": {text: "How many bytes to answer at most; all of them if left out.", from: 0, to: math.MaxInt32}}
}

func anyTexts[T ~string](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
