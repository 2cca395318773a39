package pawl

import (
	"errors"
	"fmt"
	"time"
)

// Reason says what went wrong, for a program to switch on.
type Reason string

const (
	// Unavailable: the server did not answer, or asked to come back later. It passes by itself.
	Unavailable Reason = "unavailable"
	// OutcomeUnknown: nobody knows whether a save was done. Send it again with the error's IdempotencyKey.
	OutcomeUnknown Reason = "outcome-unknown"
	// NotAllowed: the server said no. Problem has its reason.
	NotAllowed Reason = "refused"
	// Invalid: the text of a version does not become a value. The last good one stays.
	Invalid Reason = "invalid"
	// NoToken: the token cannot be read.
	NoToken Reason = "token"
	// NotKept: the last good value cannot be kept on disk, or read from there.
	NotKept Reason = "cache"
	// Closed: the client was closed, or the caller's context has ended.
	Closed Reason = "closed"
)

// Error is every error of this package.
type Error struct {
	Reason  Reason
	Message string
	// Problem is what the server said, if it did.
	Problem *Problem
	// Version, of Invalid, is the one that does not become a value.
	Version int64
	// RetryAfter is how long the server asked to be left alone.
	RetryAfter     time.Duration
	IdempotencyKey string
	cause          error
}

func (e *Error) Error() string { return "pawl: " + e.Message }

func (e *Error) Unwrap() error { return e.cause }

func failed(reason Reason, cause error, format string, args ...any) *Error {
	return &Error{Reason: reason, Message: fmt.Sprintf(format, args...), cause: cause}
}

// errorOf makes one of ours of any error.
func errorOf(err error) *Error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	return failed(Unavailable, err, "no answer: %v", err)
}

func (e *Error) isProblem(reason string) bool { return e.Problem != nil && e.Problem.Reason == reason }
