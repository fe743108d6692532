package httpapi

import "net/http"

func describeOverview() map[string]description {
	return map[string]description{
		"GetOverview": {
			tag: tagSystem, summary: "How everything goes", text: "Health, what is in progress, which webhooks are in trouble and why, the latest deliveries, and the first steps. What retries counts in neither of the figures. With more than 500 webhooks the figures may be 10 seconds old.",
			parameters: map[string]parameter{"window": {text: "The span of time up to now. `previous` is about the span before it, if that is within the past 48 hours.", fallback: defaultWindow}},
		},
		"UpdateChecklist": {tag: tagSystem, summary: "Hide or show the first steps", text: "For everybody in the tenant. The steps complete themselves.", body: checklistBody{}},
		"GetStream": {
			tag: tagSystem, summary: "What changes, while it changes", answer: streamAnswer{}, produces: "text/event-stream", others: []int{http.StatusTooManyRequests},
			text: "Server-sent events that go on until one side ends them; a comment every 15 seconds. Each message has an identifier to go on behind with `after`, within five minutes. After `resync`, read anew what you show. Above 20 deliveries or events in a second `burst` counts them instead. The last message is `bye`: the stream ends within a second of sign-out or revocation.",
			parameters: map[string]parameter{
				"after":         {in: "query", text: "The identifier of the last message that has been seen."},
				"Last-Event-ID": {in: "header", text: "The same, as browsers send it."},
			},
		},
		"LookUp": {
			tag: tagSystem, summary: "What does an identifier name?", parameters: map[string]parameter{"id": {text: "The identifier of a webhook, an event, a delivery or an inbox."}},
			others: []int{http.StatusNotFound},
		},
	}
}

// checklistBody hides or shows the first steps.
type checklistBody struct {
	Hidden bool `json:"hidden"`
}

func describeReceiver() map[string]description {
	const tag = tagReceiver
	number := map[string]parameter{"number": {text: "The number of the message.", from: 1, to: 1 << 53}}
	bytes := limitOfBytes()
	bytes["number"] = number["number"]
	return map[string]description{
		"ListInboxes":    {tag: tag, summary: "List inboxes", others: []int{http.StatusNotFound}},
		"CreateInbox":    {tag: tag, summary: "Open an inbox", text: "Whoever knows its URL can send to it, with any method and without a key. Of more than 64 inboxes the one that has been idle longest goes.", others: []int{http.StatusNotFound}},
		"GetInbox":       {tag: tag, summary: "Get an inbox"},
		"DeleteInbox":    {tag: tag, summary: "Close an inbox"},
		"ListMessages":   {tag: tag, summary: "List what an inbox has received", text: "The newest first, at most 200; they are in memory only.", parameters: map[string]parameter{"cursor": {text: "Where to go on: `next` of the page before."}}},
		"DeleteMessages": {tag: tag, summary: "Empty an inbox"},
		"GetMessage":     {tag: tag, summary: "Get a message", parameters: number},
		"GetMessageBody": {tag: tag, summary: "Get the body of a message", text: "The bytes that were received.", parameters: bytes},
		"GetBehaviour":   {tag: tag, summary: "How does an inbox answer?"},
		"SetBehaviour":   {tag: tag, summary: "Tell an inbox how to answer", text: "Replaces what was there; what is left out is as in a new inbox. The next `failNext` messages are answered 503, of the others `failPercent` in a hundred.", body: behaviourBody{}},
	}
}

// behaviourBody is how an inbox is to answer.
type behaviourBody struct {
	Status      int    `json:"status,omitempty" minimum:"200" maximum:"599" default:"200" doc:"The status of the usual answer."`
	DelayMs     int    `json:"delayMs,omitempty" minimum:"0" maximum:"30000" doc:"How long each answer takes. Attempts give up after ten seconds."`
	FailNext    int    `json:"failNext,omitempty" minimum:"0" maximum:"1000" doc:"How many of the next messages are answered 503. Counts down."`
	FailPercent int    `json:"failPercent,omitempty" minimum:"0" maximum:"100" doc:"How many in a hundred of the others are answered 503, at random."`
	Body        string `json:"body,omitempty" maxLength:"4096" doc:"The text of the usual answer."`
	Drop        bool   `json:"drop,omitempty" doc:"Closes the connection in the place of an answer."`
}
