package pawl

import (
	"bufio"
	"io"
	"strings"
)

type event struct{ name, data, id string }

// maxEvent bounds what is kept of an event that has not ended yet. One of Pawl's has a few hundred bytes.
const maxEvent = 1 << 20

// readEvents calls take with each server-sent event until the stream ends, or take fails.
func readEvents(stream io.Reader, take func(event) *Error) *Error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	var now event
	var data []string
	size := 0
	for lines.Scan() {
		line := lines.Text()
		if size += len(line); size > maxEvent {
			return failed(Unavailable, nil, "an event of the stream is too long")
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if now.name != "" || len(data) > 0 {
				now.data = strings.Join(data, "\n")
				if failure := take(now); failure != nil {
					return failure
				}
			}
			now, data, size = event{id: now.id}, nil, 0
		case field == "event":
			now.name = value
		case field == "data":
			data = append(data, value)
		case field == "id":
			now.id = value
		}
	}
	if err := lines.Err(); err != nil {
		return errorOf(err)
	}
	return nil
}
