package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Error is an answer that is not a success.
type Error struct {
	// Status is that of the answer.
	Status int `json:"-"`
	// Code says what is wrong, for programs: these texts do not change. It is empty if
	// something before the server answered.
	Code string `json:"code"`
	// Message says what is wrong, for people.
	Message string `json:"message"`
	// Data says more, such as every mistake in the input.
	Data ErrorData `json:"data"`
	// RetryAfter is how long to wait before the next try, if the server says so.
	RetryAfter time.Duration `json:"-"`
}

// Error is the message with status and code.
func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("%s (%d %s)", e.Message, e.Status, e.Code)
}

func errorOf(response *http.Response, answer []byte) error {
	e := &Error{}
	if err := json.Unmarshal(answer, e); err != nil {
		e = &Error{} // an answer of something else has no message
	}
	e.Status = response.StatusCode
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
