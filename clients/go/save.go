package pawl

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"
)

// SaveRequest is as docs/api.md has it: the text in BodyRaw, and in BaseVersion the version it was edited from.
type SaveRequest struct {
	SaveConfig
	// Overwrite, instead of a base: the text takes the place of the latest one, and is kept as an overwrite.
	Overwrite bool
	// IdempotencyKey of an earlier call whose outcome is unknown. Default: a new one.
	IdempotencyKey string
}

// Base is for SaveRequest.BaseVersion. Base(0) says that there must be no such config yet.
func Base(version int64) *int64 { return &version }

// Outcome is what became of a text: Saved, Merged, Unchanged, NeedsConfirmation, Conflict,
// NeedsApproval or Refused.
type Outcome interface{ outcome() }

// Written is the version that is the latest now, with its whole text.
type Written struct {
	Version int64
	Text    string
	// Result, as the API has it: saved, merged, confirmed, overwrite, unchanged.
	Result string
}

// Stale says that the base is not the latest version any more. Nothing was saved.
type Stale struct {
	CurrentVersion int64
	CurrentAuthor  string
	// Diff is what the sender changed, unified.
	Diff string
}

type (
	Saved struct{ Written }
	// Merged was carried onto the latest version.
	Merged struct{ Written }
	// Unchanged was the latest already.
	Unchanged struct{ Written }
	// NeedsConfirmation merges: the same request with Confirm set to Token saves exactly Merged.
	NeedsConfirmation struct {
		Stale
		Token, Merged string
		// MergedDiff is latest to merged, unified.
		MergedDiff string
	}
	// Conflict: somebody else changed the same places. Marked has marks at the clashes, as Git makes them.
	Conflict struct {
		Stale
		Places []Place
		Marked string
	}
	// NeedsApproval: nothing is saved yet. It is kept under this ID, and will be when so many other people have approved it.
	NeedsApproval struct {
		ID     string
		Needed int64
	}
	// Refused was not saved for another reason.
	Refused struct {
		Reason, Message string
		Problem         *Problem
	}
)

func (Saved) outcome()             {}
func (Merged) outcome()            {}
func (Unchanged) outcome()         {}
func (NeedsConfirmation) outcome() {}
func (Conflict) outcome()          {}
func (NeedsApproval) outcome()     {}
func (Refused) outcome()           {}

// Save saves a text. It repeats the request where no answer comes, under one Idempotency-Key, so that it is saved once. The
// error is an *Error, and means that no answer came at all.
func (c *Client) Save(ctx context.Context, namespace, path string, asked SaveRequest) (Outcome, error) {
	ctx, done := c.whileOpen(ctx)
	defer done()
	body, err := json.Marshal(asked.SaveConfig)
	if err != nil {
		return nil, err
	}
	key := asked.IdempotencyKey
	if key == "" {
		key = rand.Text()
	}
	sent := request{method: "PUT", path: pathOf("configs", namespace, path), body: string(body)}
	sent.headers = map[string]string{"Accept": "application/json", "Content-Type": "application/json", "Idempotency-Key": key}
	if asked.Overwrite {
		sent.headers["If-Match"] = "*"
	}
	end := time.Now().Add(c.pace.Save)
	doubtful := false
	for failures := 0; ; failures++ {
		outcome, failure := c.saveOnce(ctx, sent)
		if failure == nil {
			return outcome, nil
		}
		doubtful = doubtful || mayBeDone(failure)
		wait := c.pace.backOff(failures, failure.RetryAfter)
		if failure.Reason == Unavailable && time.Now().Add(wait).Before(end) {
			sleep(ctx, wait)
			continue
		}
		if !doubtful {
			return nil, failure
		}
		unknown := failed(OutcomeUnknown, failure, "it is not known whether the text was saved: %s", failure.Message)
		unknown.IdempotencyKey = key
		return nil, unknown
	}
}

func (c *Client) saveOnce(ctx context.Context, sent request) (Outcome, *Error) {
	got, failure := c.call(ctx, sent)
	if failure != nil {
		return nil, failure
	}
	if got.status == 202 {
		var kept ApprovalRead
		if err := json.Unmarshal(got.text, &kept); err != nil {
			return nil, failed(Unavailable, err, "the answer is not JSON; is this Pawl?")
		}
		return NeedsApproval{ID: kept.ID, Needed: kept.Needed}, nil
	}
	if got.status != 200 && got.status != 201 {
		if failure = refusal(got); failure.Reason == NotAllowed {
			return refusedBy(failure.Problem), nil
		}
		return nil, failure
	}
	var saved SavedConfig
	if err := json.Unmarshal(got.text, &saved); err != nil {
		return nil, failed(Unavailable, err, "the answer is not JSON; is this Pawl?")
	}
	written := Written{Version: saved.Latest.Version, Text: saved.Latest.BodyRaw, Result: saved.Result}
	switch saved.Result {
	case "unchanged":
		return Unchanged{written}, nil
	case "merged", "confirmed":
		return Merged{written}, nil
	}
	return Saved{written}, nil
}

// mayBeDone: anything but a clear answer that nothing was begun.
func mayBeDone(failure *Error) bool {
	if failure.Reason == NoToken || failure.Reason == NotAllowed {
		return false
	}
	return failure.Problem == nil || failure.isProblem("OutcomeUnknown") || failure.isProblem("Internal")
}

func refusedBy(problem *Problem) Outcome {
	stale := Stale{CurrentAuthor: problem.CurrentAuthor, Diff: problem.Diff}
	if problem.CurrentVersion != nil {
		stale.CurrentVersion = *problem.CurrentVersion
	}
	switch {
	case problem.Reason == "ConfirmationRequired" && problem.Token != "":
		return NeedsConfirmation{Stale: stale, Token: problem.Token, Merged: problem.Merged, MergedDiff: problem.MergedDiff}
	case problem.Reason == "VersionConflict":
		return Conflict{Stale: stale, Places: problem.Places, Marked: problem.Marked}
	}
	return Refused{Reason: problem.Reason, Message: problem.Detail, Problem: problem}
}
