package pawl

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Snapshot is a value with the version it comes from.
type Snapshot[T any] struct {
	Value   T
	Version int64
	Text    string
	Format  string
}

// Source says where a value comes from.
type Source string

const (
	FromServer Source = "server"
	// FromDisk: the server was away at the start, and has not been heard of since.
	FromDisk Source = "disk"
)

// WatchOptions are what a program wants to be told.
type WatchOptions[T any] struct {
	// OnChange is called after a new version came and parsed, by one goroutine; not for the first one.
	OnChange func(old, now Snapshot[T])
	// OnError is called when something goes wrong, once until it is well again. The last good value stays.
	OnError func(*Error)
	// Parse makes a value of a text, or fails. Default: Decode for YAML and JSON, and then the json tags of T. A T with a
	// method Validate() error is asked, too. Of their errors only the type is told, for the message may quote the text; an
	// *Error that is Invalid is told in its own words.
	Parse func(text, format string) (T, error)
}

// how what we have compares with the server
type standing int

const (
	// behind: we could not look.
	behind standing = iota
	same
	// gone: the server has none.
	gone
	// unread: the latest does not parse.
	unread
)

const touchEvery = time.Minute

// LiveConfig is a config that is followed: its value is always one that parsed, and OnChange is called in the order of versions.
type LiveConfig[T any] struct {
	client          *Client
	namespace, path string
	options         WatchOptions[T]
	end             context.CancelFunc
	done            chan struct{}

	mutex       sync.Mutex
	now         *Snapshot[T]
	source      Source
	confirmedAt time.Time

	// Of the goroutine alone.
	standing    standing
	seen        int64
	lastEventID string
	touchedAt   time.Time
	told        string
}

// Watch waits for a config's value, from the server or, where that is away, the last good one from disk, and keeps it up to
// date until Close. The context bounds the wait only. The error is an *Error.
func Watch[T any](ctx context.Context, client *Client, namespace, path string, options WatchOptions[T]) (*LiveConfig[T], error) {
	if options.Parse == nil {
		options.Parse = valueOf[T]
	}
	c := &LiveConfig[T]{client: client, namespace: namespace, path: path, options: options, source: FromServer}
	starting, stop := client.whileOpen(ctx)
	defer stop()
	if failure := c.first(starting); failure != nil {
		return nil, failure
	}
	var following context.Context
	following, c.end = context.WithCancel(client.ended)
	c.done = make(chan struct{})
	client.running.Add(1)
	go func() {
		defer client.running.Done()
		defer close(c.done)
		c.follow(following)
	}()
	return c, nil
}

// Value is the last good value.
func (c *LiveConfig[T]) Value() T { return c.Current().Value }

// Current is the last good value with its version and text.
func (c *LiveConfig[T]) Current() Snapshot[T] {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return *c.now
}

// Source says whether the server has been heard of.
func (c *LiveConfig[T]) Source() Source {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.source
}

// StaleFor is how long ago the server last confirmed that the value is the latest, for a metric.
func (c *LiveConfig[T]) StaleFor() time.Duration {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return time.Since(c.confirmedAt)
}

// Close ends it, and waits until it has ended. It must not be called by a callback.
func (c *LiveConfig[T]) Close() {
	c.end()
	<-c.done
}

func (c *LiveConfig[T]) first(ctx context.Context) *Error {
	found := c.fromDisk()
	end := time.Now().Add(c.client.pace.Start)
	for failures := 0; ; failures++ {
		failure := c.look(ctx, found)
		if failure == nil {
			return nil
		}
		if failure.Reason != Unavailable {
			return failure
		}
		if found {
			c.tell(ctx, failure)
			return nil
		}
		wait := c.client.pace.backOff(failures, failure.RetryAfter)
		if time.Now().Add(wait).After(end) || ctx.Err() != nil {
			return failure
		}
		sleep(ctx, wait)
	}
}

func (c *LiveConfig[T]) fromDisk() bool {
	if c.client.disk == nil {
		return false
	}
	found, age, err := c.client.disk.read(c.namespace, c.path)
	if err != nil {
		c.tell(context.Background(), failed(NotKept, err, "the last good value cannot be read from disk: %v", err))
	}
	if found == nil {
		return false
	}
	snapshot, failure := c.snapshot(found.Version, found.BodyRaw, found.Format)
	if failure != nil {
		c.tell(context.Background(), failure)
		return false
	}
	c.now, c.seen, c.source, c.confirmedAt = &snapshot, found.Version, FromDisk, time.Now().Add(-age)
	return true
}

func (c *LiveConfig[T]) snapshot(version int64, text, format string) (Snapshot[T], *Error) {
	value, err := c.options.Parse(text, format)
	if err == nil {
		if checked, ok := any(&value).(interface{ Validate() error }); ok {
			err = checked.Validate()
		}
	}
	if err != nil {
		// Without the cause: messages of parsers quote the text.
		failure := failed(Invalid, nil, "version %d of %s/%s is not valid here: %s", version, c.namespace, c.path, faultOf(err))
		failure.Version = version
		return Snapshot[T]{}, failure
	}
	return Snapshot[T]{Value: value, Version: version, Text: text, Format: format}, nil
}

func (c *LiveConfig[T]) follow(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		failure := c.stream(ctx, func() { failures = 0 })
		wait := time.Duration(0)
		if failure != nil {
			// Of another database, perhaps: begin anew.
			if failure.isProblem("InvalidCursor") {
				c.lastEventID = ""
			} else {
				c.tell(ctx, failure)
			}
			failures++
			wait = failure.RetryAfter
		}
		if c.standing == same {
			c.standing = behind
		}
		sleep(ctx, c.client.pace.backOff(failures, wait))
	}
}

// stream is one connection, until it breaks.
func (c *LiveConfig[T]) stream(ctx context.Context, goesOn func()) *Error {
	outer := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	pace := c.client.pace
	silence := time.AfterFunc(pace.Request, func() { cancel(failed(Unavailable, nil, "the server said nothing for too long")) })
	defer silence.Stop()
	asked := request{method: "GET", path: pathOf("watch", c.namespace, c.path), headers: map[string]string{"Accept": "text/event-stream"}}
	if c.lastEventID != "" {
		asked.headers["Last-Event-ID"] = c.lastEventID
	}
	response, failure := c.client.send(ctx, asked)
	if failure != nil {
		return silenceOr(outer, ctx, failure)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return c.refusedStream(ctx, response)
	}
	isFirst := true
	failure = readEvents(response.Body, func(told event) *Error {
		silence.Reset(pace.Idle)
		// What happened while nobody listened is looked for once; what follows is told.
		if isFirst || c.asksToLook(told) {
			if failure := c.look(ctx, true); failure != nil {
				return failure
			}
		} else if c.standing == same {
			c.confirm(ctx)
		}
		isFirst = false
		if told.id != "" {
			c.lastEventID = told.id
		}
		goesOn()
		return nil
	})
	return silenceOr(outer, ctx, failure)
}

// silenceOr prefers the reason why a stream was given up to what became of it then.
func silenceOr(outer, ctx context.Context, failure *Error) *Error {
	if failure != nil && outer.Err() == nil && ctx.Err() != nil {
		return errorOf(context.Cause(ctx))
	}
	return failure
}

func (c *LiveConfig[T]) refusedStream(ctx context.Context, response *http.Response) *Error {
	got := answer{status: response.StatusCode, header: response.Header}
	var failure *Error
	if got.text, failure = c.client.textOf(ctx, response); failure != nil {
		return failure
	}
	return refusal(got)
}

func (c *LiveConfig[T]) asksToLook(told event) bool {
	if told.name == "expired" {
		return true
	}
	if told.name != "change" {
		return c.standing == behind
	}
	var change WatchEvent
	if json.Unmarshal([]byte(told.data), &change) != nil || change.Kind == "deleted" {
		return true
	}
	return change.Kind == "saved" && (change.Version > c.seen || c.standing == gone)
}

// look reads the latest, if it is not the one we have. What does not parse is only told where there is a value.
func (c *LiveConfig[T]) look(ctx context.Context, hasValue bool) *Error {
	if c.standing == same {
		c.standing = behind
	}
	found, failure := c.client.read(ctx, c.namespace, c.path, "", c.seen)
	switch {
	case failure == nil && found != nil:
		return c.take(ctx, found, hasValue)
	case failure == nil:
		// Where that is the one that was told not to parse, ours is still not the latest.
		if c.seen == c.Current().Version {
			c.standing = same
			c.confirm(ctx)
		}
		return nil
	case hasValue && failure.isProblem("ConfigNotFound") && c.Source() == FromServer:
		// The stream goes on, and says when there is one again.
		c.standing = gone
		c.tell(ctx, failure)
		return nil
	}
	return failure
}

func (c *LiveConfig[T]) take(ctx context.Context, found *ConfigRead, hasValue bool) *Error {
	latest := found.Latest
	now, failure := c.snapshot(latest.Version, latest.BodyRaw, found.Config.Format)
	if failure != nil {
		if !hasValue {
			return failure
		}
		c.seen, c.standing = latest.Version, unread
		c.tell(ctx, failure)
		return nil
	}
	c.mutex.Lock()
	old := c.now
	c.now = &now
	c.mutex.Unlock()
	c.seen, c.standing = now.Version, same
	c.keep(ctx, kept{
		Server: c.client.options.Server, Namespace: c.namespace, Path: c.path, Format: now.Format,
		Version: now.Version, ContentSHA256: latest.ContentSHA256, BodyRaw: now.Text,
	})
	c.confirm(ctx)
	if old != nil && c.options.OnChange != nil && ctx.Err() == nil {
		c.options.OnChange(*old, now)
	}
	return nil
}

func (c *LiveConfig[T]) keep(ctx context.Context, text kept) {
	if c.client.disk == nil {
		return
	}
	c.touchedAt = time.Now()
	if err := c.client.disk.write(text); err != nil {
		c.tell(ctx, failed(NotKept, err, "the last good value cannot be kept on disk: %v", err))
	}
}

func (c *LiveConfig[T]) confirm(ctx context.Context) {
	c.mutex.Lock()
	c.source, c.confirmedAt = FromServer, time.Now()
	c.mutex.Unlock()
	c.told = ""
	if c.client.disk != nil && time.Since(c.touchedAt) > touchEvery {
		c.touchedAt = time.Now()
		if err := c.client.disk.touch(c.namespace, c.path); err != nil {
			c.tell(ctx, failed(NotKept, err, "the last good value cannot be kept on disk: %v", err))
		}
	}
}

func (c *LiveConfig[T]) tell(ctx context.Context, failure *Error) {
	key := string(failure.Reason) + " " + strconv.FormatInt(failure.Version, 10)
	if failure.Problem != nil {
		key += " " + failure.Problem.Reason
	}
	if key == c.told || ctx.Err() != nil || c.options.OnError == nil {
		return
	}
	c.told = key
	c.options.OnError(failure)
}
