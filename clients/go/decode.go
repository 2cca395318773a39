package pawl

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Decode makes data of a text, as encoding/json would: maps with string keys, slices, strings, json.Number, bool and nil. It
// knows YAML, by the rules of YAML 1.2 that Pawl keeps to (no is a word, 012 is twelve, a date is a string), and JSON.
func Decode(text, format string) (any, error) {
	switch format {
	case "json":
		var data any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		err := decoder.Decode(&data)
		return data, err
	case "yaml":
		return decodeYAML(text)
	}
	return nil, fault(fmt.Sprintf("the format %s needs a Parse of your own", format))
}

func decodeYAML(text string) (any, error) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var all []any
	for {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			if err.Error() == "EOF" {
				break
			}
			return nil, err
		}
		left := maxNodes
		data, err := dataOf(&document, &left)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return all, nil
}

// maxNodes bounds what aliases can blow up.
const maxNodes = 1_000_000

const errTooMany = fault("the text has too many nodes")

func dataOf(node *yaml.Node, left *int) (any, error) {
	if *left--; *left < 0 {
		return nil, errTooMany
	}
	switch node.Kind {
	case yaml.DocumentNode:
		return dataOf(node.Content[0], left)
	case yaml.AliasNode:
		return dataOf(node.Alias, left)
	case yaml.SequenceNode:
		items := make([]any, len(node.Content))
		for i, item := range node.Content {
			data, err := dataOf(item, left)
			if err != nil {
				return nil, err
			}
			items[i] = data
		}
		return items, nil
	case yaml.MappingNode:
		entries := make(map[string]any, len(node.Content)/2)
		for i := 0; i < len(node.Content); i += 2 {
			key := node.Content[i]
			if key.Kind == yaml.AliasNode {
				key = key.Alias
			}
			if key.Kind != yaml.ScalarNode {
				return nil, faultAt(key.Line, "a key is not a scalar")
			}
			data, err := dataOf(node.Content[i+1], left)
			if err != nil {
				return nil, err
			}
			entries[key.Value] = data
		}
		return entries, nil
	default:
		return scalarOf(node)
	}
}

var (
	decimal = regexp.MustCompile(`^[-+]?[0-9]+$`)
	octal   = regexp.MustCompile(`^0o[0-7]+$`)
	hexed   = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	float   = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	nothing = regexp.MustCompile(`^(null|Null|NULL|~|)$`)
	yes     = regexp.MustCompile(`^(true|True|TRUE)$`)
	no      = regexp.MustCompile(`^(false|False|FALSE)$`)
	noJSON  = regexp.MustCompile(`^([-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN)$`)
)

// scalarOf reads a scalar by the core schema of YAML 1.2.
func scalarOf(node *yaml.Node) (any, error) {
	text := node.Value
	isPlain := node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	if !isPlain || (node.Style&yaml.TaggedStyle != 0 && node.Tag == "!!str") {
		return text, nil
	}
	switch {
	case nothing.MatchString(text):
		return nil, nil
	case yes.MatchString(text):
		return true, nil
	case no.MatchString(text):
		return false, nil
	case decimal.MatchString(text):
		return numberOf(text)
	case octal.MatchString(text), hexed.MatchString(text):
		number, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			return nil, faultAt(node.Line, "a number is too large")
		}
		return json.Number(strconv.FormatUint(number, 10)), nil
	case float.MatchString(text):
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(number, 0) {
			return nil, faultAt(node.Line, "a number is too large")
		}
		return json.Number(strconv.FormatFloat(number, 'g', -1, 64)), nil
	case noJSON.MatchString(text):
		return nil, faultAt(node.Line, "JSON has no infinity and no NaN")
	}
	return text, nil
}

func numberOf(text string) (any, error) {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign = "-"
	}
	digits := strings.TrimLeft(strings.TrimLeft(text, "+-"), "0")
	if digits == "" {
		return json.Number("0"), nil
	}
	return json.Number(sign + digits), nil
}

// valueOf decodes a text into a value, by its json tags.
func valueOf[T any](text, format string) (T, error) {
	var value T
	data, err := Decode(text, format)
	if err != nil {
		return value, err
	}
	written, err := json.Marshal(data)
	if err != nil {
		return value, err
	}
	return value, json.Unmarshal(written, &value)
}
