package pawl

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// fault is why a text is not valid, in words of ours, which hold no value.
type fault string

func (f fault) Error() string { return string(f) }

func faultAt(line int, what string) error { return fault(fmt.Sprintf("at line %d (%s)", line, what)) }

var yamlLine = regexp.MustCompile(`^yaml: line ([0-9]+):`)

// faultOf says why a text does not become a value: the place and the kind, and never the value, which is not for a log.
// The messages of parsers quote the text.
func faultOf(err error) string {
	var own *Error
	var ours fault
	var typed *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &own) && own.Reason == Invalid:
		return own.Message
	case errors.As(err, &ours):
		return ours.Error()
	case errors.As(err, &typed):
		place := "the top"
		if typed.Field != "" {
			place = "/" + strings.ReplaceAll(typed.Field, ".", "/")
		}
		return fmt.Sprintf("at %s (not %s)", place, typed.Type)
	case errors.As(err, &syntax):
		return fmt.Sprintf("at byte %d (not JSON)", syntax.Offset)
	}
	message := err.Error()
	if found := yamlLine.FindStringSubmatch(message); found != nil {
		return fmt.Sprintf("at line %s (not YAML)", found[1])
	}
	if strings.HasPrefix(message, "yaml: ") {
		return "it is not YAML"
	}
	return fmt.Sprintf("its parser failed with %T", err)
}
