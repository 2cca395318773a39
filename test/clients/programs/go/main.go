// test/clients/program.ts, with the Go client.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	pawl "pawl.dev/client"
)

type limits struct {
	Cap   int `json:"cap"`
	Burst int `json:"burst"`
}

type order struct {
	ID, Start                              int
	Do, Namespace, Path, Text              string
	Server, TokenFile, CAFile, CacheFolder string
	Request                                pawl.SaveConfig
}

type object = map[string]any

var (
	mutex  sync.Mutex
	client *pawl.Client
	config *pawl.LiveConfig[limits]
	before int
)

func say(line object) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	mutex.Lock()
	defer mutex.Unlock()
	_, _ = os.Stdout.Write(append(text, '\n'))
}

func shown(snapshot pawl.Snapshot[limits]) object {
	value := object{"cap": snapshot.Value.Cap, "burst": snapshot.Value.Burst}
	return object{"version": snapshot.Version, "value": value}
}

func carryOut(asked order) (object, error) {
	ctx := context.Background()
	switch asked.Do {
	case "open":
		before = runtime.NumGoroutine()
		var err error
		client, err = pawl.Connect(pawl.Options{
			Server: asked.Server, TokenFile: asked.TokenFile, CAFile: asked.CAFile, CacheFolder: asked.CacheFolder,
			Pace: pawl.Pace{MinBackOff: 50 * time.Millisecond, MaxBackOff: 500 * time.Millisecond, Start: time.Duration(asked.Start) * time.Second},
		})
		return object{}, err
	case "watch":
		followed, err := pawl.Watch(ctx, client, asked.Namespace, asked.Path, pawl.WatchOptions[limits]{
			OnChange: func(old, now pawl.Snapshot[limits]) {
				say(object{"event": "change", "old": shown(old), "now": shown(now)})
			},
			OnError: func(err *pawl.Error) {
				printed := fmt.Sprintf("%+v", err)
				for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
					printed += fmt.Sprintf(": %+v", inner)
				}
				say(object{"event": "error", "reason": err.Reason, "message": err.Message, "version": err.Version, "printed": printed})
			},
		})
		if err != nil {
			return nil, err
		}
		config = followed
		return current(), nil
	case "get":
		answer := current()
		answer["staleFor"] = config.StaleFor().Seconds()
		return answer, nil
	case "decode":
		data, err := pawl.Decode(asked.Text, "yaml")
		return object{"data": data}, err
	case "save":
		outcome, err := client.Save(ctx, asked.Namespace, asked.Path, pawl.SaveRequest{SaveConfig: asked.Request})
		if err != nil {
			return nil, err
		}
		return became(outcome), nil
	case "close":
		client.Close()
		return object{"left": left()}, nil
	}
	return nil, errors.New("no such order")
}

func current() object {
	answer := shown(config.Current())
	answer["source"] = config.Source()
	return answer
}

func became(outcome pawl.Outcome) object {
	written := func(name string, by pawl.Written) object {
		return object{"outcome": name, "version": by.Version, "text": by.Text, "result": by.Result}
	}
	switch one := outcome.(type) {
	case pawl.Saved:
		return written("saved", one.Written)
	case pawl.Merged:
		return written("merged", one.Written)
	case pawl.Unchanged:
		return written("unchanged", one.Written)
	case pawl.NeedsConfirmation:
		return object{"outcome": "needs-confirmation", "token": one.Token, "merged": one.Merged, "currentVersion": one.CurrentVersion}
	case pawl.Conflict:
		return object{"outcome": "conflict", "places": one.Places, "currentVersion": one.CurrentVersion}
	case pawl.NeedsApproval:
		return object{"outcome": "needs-approval", "approvalId": one.ID, "needed": one.Needed}
	case pawl.Refused:
		return object{"outcome": "refused", "reason": one.Reason}
	}
	panic("an outcome that nobody knows")
}

// left waits for goroutines of connections, which end a moment after their connection.
func left() []string {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if runtime.NumGoroutine() <= before {
			return []string{}
		}
	}
	stacks := make([]byte, 1<<16)
	return []string{string(stacks[:runtime.Stack(stacks, true)])}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked order
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		answer, err := carryOut(asked)
		if err != nil {
			reason := "bug"
			var ours *pawl.Error
			if errors.As(err, &ours) {
				reason = string(ours.Reason)
			}
			answer = object{"error": object{"reason": reason, "message": err.Error()}}
		}
		answer["id"] = asked.ID
		say(answer)
	}
}
