// Asks cel-go every condition of conditions.txt about predicate.json and prints what it answers, as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"k8s.io/apiserver/pkg/cel/library"
)

type answer struct {
	Where  string `json:"where"`
	Answer string `json:"answer"`
}

// The environment that Kubernetes gives to policies, as far as it is about text, lists, sets and times.
func environment() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable("predicate", cel.DynType),
		cel.Variable("now", cel.TimestampType),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		ext.Strings(ext.StringsVersion(3)),
		ext.Sets(),
		library.Lists(),
		library.Regex(),
	)
}

func ask(env *cel.Env, where string, variables map[string]any) string {
	ast, issues := env.Compile(where)
	if issues.Err() != nil {
		return "refused: " + strings.SplitN(issues.Errors()[0].Message, "\n", 2)[0]
	}
	program, err := env.Program(ast)
	if err != nil {
		return "refused: " + err.Error()
	}
	value, _, err := program.Eval(variables)
	if err != nil {
		return "error: " + err.Error()
	}
	if truth, ok := value.Value().(bool); ok {
		return fmt.Sprint(truth)
	}
	return "other: " + value.Type().TypeName()
}

func run() error {
	text, err := os.ReadFile("predicate.json")
	if err != nil {
		return err
	}
	var predicate any
	if err := json.Unmarshal(text, &predicate); err != nil {
		return err
	}
	env, err := environment()
	if err != nil {
		return err
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	variables := map[string]any{"predicate": predicate, "now": now}
	file, err := os.Open("conditions.txt")
	if err != nil {
		return err
	}
	defer file.Close()
	answers := []answer{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		where := lines.Text()
		if where != "" && !strings.HasPrefix(where, "# ") {
			answers = append(answers, answer{where, ask(env, where, variables)})
		}
	}
	return write(answers)
}

// One answer a line, so that what changes can be read.
func write(answers []answer) error {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for at, one := range answers {
		fmt.Print(map[bool]string{true: "[\n", false: ","}[at == 0])
		if err := out.Encode(one); err != nil {
			return err
		}
	}
	fmt.Println("]")
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
