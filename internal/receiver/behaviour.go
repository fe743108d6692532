package receiver

import (
	"net/http"
	"time"
)

// Bounds of a behaviour.
const (
	MaxDelay    = 30 * time.Second
	MaxFailNext = 1000
	MaxText     = 4 << 10
)

// Behaviour is how an inbox answers.
type Behaviour struct {
	// Status is that of the usual answer, 200 to 599.
	Status int
	// Delay is how long every answer takes, up to MaxDelay.
	Delay time.Duration
	// FailNext is how many of the next messages are answered 503; it counts down.
	FailNext int
	// FailPercent is how many in a hundred of the others are answered 503, at random.
	FailPercent int
	// Body is the text of the usual answer, up to MaxText bytes.
	Body string
	// Drop closes the connection in the place of an answer.
	Drop bool
}

// Answer is how a message was answered.
type Answer struct {
	// Status is 0 if the connection was closed without an answer.
	Status  int
	Delay   time.Duration
	Dropped bool
}

// DefaultBehaviour answers 200 at once.
func DefaultBehaviour() Behaviour { return Behaviour{Status: http.StatusOK, Body: "received\n"} }

const failedText = "told to fail\n"

// answer decides about the next message.
func (b *inbox) answer(random func() float64) (a Answer, text string) {
	how := &b.behaviour
	fails := how.FailNext > 0
	if fails {
		how.FailNext--
	} else {
		fails = how.FailPercent > 0 && random()*100 < float64(how.FailPercent)
	}
	switch {
	case how.Drop:
		return Answer{Delay: how.Delay, Dropped: true}, ""
	case fails:
		return Answer{Status: http.StatusServiceUnavailable, Delay: how.Delay}, failedText
	default:
		return Answer{Status: how.Status, Delay: how.Delay}, how.Body
	}
}
