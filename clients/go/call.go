package pawl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is larger than any text that Pawl keeps, as JSON.
const maxAnswer = 16 << 20

type request struct {
	method, path string
	headers      map[string]string
	body         string
}

type answer struct {
	status int
	header http.Header
	text   []byte
}

// call sends a request and reads the whole answer, also of a request that is refused.
func (c *Client) call(ctx context.Context, asked request) (answer, *Error) {
	ctx, cancel := context.WithTimeout(ctx, c.pace.Request)
	defer cancel()
	response, failure := c.send(ctx, asked)
	if failure != nil {
		return answer{}, failure
	}
	defer response.Body.Close()
	text, failure := c.textOf(ctx, response)
	return answer{response.StatusCode, response.Header, text}, failure
}

func (c *Client) textOf(ctx context.Context, response *http.Response) ([]byte, *Error) {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, c.failure(ctx, err)
	}
	return text, nil
}

// send uses the token of now, and once more where it was changed while the old one was on its way.
func (c *Client) send(ctx context.Context, asked request) (*http.Response, *Error) {
	token, failure := c.token()
	if failure != nil {
		return nil, failure
	}
	response, err := c.sendAs(ctx, asked, token)
	if err != nil {
		return nil, c.failure(ctx, err)
	}
	if response.StatusCode != http.StatusUnauthorized {
		return response, nil
	}
	again, failure := c.token()
	if failure != nil || again == token {
		return response, nil
	}
	response.Body.Close()
	if response, err = c.sendAs(ctx, asked, again); err != nil {
		return nil, c.failure(ctx, err)
	}
	return response, nil
}

var sendable = regexp.MustCompile(`^[!-~]+$`)

func (c *Client) token() (string, *Error) {
	token, err := c.options.Token()
	if err != nil {
		return "", failed(NoToken, err, "the token cannot be read: %v", err)
	}
	token = strings.TrimSpace(token)
	if !sendable.MatchString(token) {
		return "", failed(NoToken, nil, "the token has a character that no token has, such as a space, or is empty")
	}
	return token, nil
}

func (c *Client) sendAs(ctx context.Context, asked request, token string) (*http.Response, error) {
	sent, err := http.NewRequestWithContext(ctx, asked.method, c.options.Server+asked.path, strings.NewReader(asked.body))
	if err != nil {
		return nil, err
	}
	sent.Header.Set("Authorization", "Bearer "+token)
	for name, value := range asked.headers {
		sent.Header.Set(name, value)
	}
	// Not http.Client: a redirect would take the token elsewhere.
	return c.transport.RoundTrip(sent)
}

func (c *Client) failure(ctx context.Context, err error) *Error {
	if c.ended.Err() != nil || errors.Is(ctx.Err(), context.Canceled) {
		return failed(Closed, err, "the client was closed, or the caller's context has ended")
	}
	return errorOf(err)
}

// refusal is the error of an answer that is not the one hoped for.
func refusal(got answer) *Error {
	problem := &Problem{}
	if json.Unmarshal(got.text, problem) != nil || problem.Reason == "" {
		problem = nil
	}
	message := fmt.Sprintf("the answer's status is %d", got.status)
	if problem != nil {
		message = problem.Detail
	}
	isPassing := got.status == 408 || got.status == 425 || got.status == 429 || got.status < 400 || got.status >= 500
	if problem != nil && !isPassing {
		return &Error{Reason: NotAllowed, Message: message, Problem: problem}
	}
	seconds, _ := strconv.Atoi(got.header.Get("Retry-After"))
	return &Error{Reason: Unavailable, Message: message, Problem: problem, RetryAfter: time.Duration(seconds) * time.Second}
}

// read gets the latest version; nil, when it still is the one known.
func (c *Client) read(ctx context.Context, namespace, path, query string, known int64) (*ConfigRead, *Error) {
	asked := request{method: "GET", path: pathOf("configs", namespace, path) + query}
	asked.headers = map[string]string{"Accept": "application/json"}
	if known > 0 {
		asked.headers["If-None-Match"] = fmt.Sprintf(`"%d"`, known)
	}
	got, failure := c.call(ctx, asked)
	switch {
	case failure != nil:
		return nil, failure
	case got.status == http.StatusNotModified && known > 0:
		return nil, nil
	case got.status != http.StatusOK:
		return nil, refusal(got)
	}
	found := &ConfigRead{}
	err := json.Unmarshal(got.text, found)
	if found.Latest == nil {
		found.Latest = found.Version
	}
	if err != nil || found.Latest == nil || found.Latest.Version == 0 {
		// Without the cause, which may quote the answer, and so a config.
		return nil, failed(Unavailable, nil, "the answer is not a version; is this Pawl?")
	}
	return found, nil
}

// Read gets the latest version with its text.
func (c *Client) Read(ctx context.Context, namespace, path string) (Config, Version, error) {
	return c.readOnce(ctx, namespace, path, "")
}

// ReadVersion gets one version with its text.
func (c *Client) ReadVersion(ctx context.Context, namespace, path string, version int64) (Config, Version, error) {
	return c.readOnce(ctx, namespace, path, fmt.Sprintf("?version=%d", version))
}

func (c *Client) readOnce(ctx context.Context, namespace, path, query string) (Config, Version, error) {
	ctx, done := c.whileOpen(ctx)
	defer done()
	found, failure := c.read(ctx, namespace, path, query, 0)
	if failure != nil {
		return Config{}, Version{}, failure
	}
	return found.Config, *found.Latest, nil
}

func pathOf(root, namespace, path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return "/" + root + "/" + url.PathEscape(namespace) + "/" + strings.Join(parts, "/")
}

// backOff doubles with each failure in a row; half of it is chance, so that a thousand programs do not come back as one.
func (p Pace) backOff(failures int, asked time.Duration) time.Duration {
	whole := min(p.MinBackOff<<min(failures, 20), p.MaxBackOff)
	return max(asked, whole/2+rand.N(whole/2+1))
}

// sleep ends early with the context.
func sleep(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
