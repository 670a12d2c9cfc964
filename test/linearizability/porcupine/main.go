// Checks recorded histories with porcupine, another checker than ours, against a second writing of the
// sequential specification. Prints one line for each name of each file, as `main.ts verdicts` does.
package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
)

const (
	// For how long a replica may remember that a name is absent.
	missRememberedMs = 1000
	// What a weak read may be older than it says.
	slackMs = 10
	// For each search. It has no way to give up by itself.
	timeLimit = 10 * time.Second
)

func main() {
	var all []subject
	for _, path := range os.Args[1:] {
		history, err := readHistory(path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(2)
		}
		all = append(all, subjects(path, history)...)
	}
	verdicts := make([]string, len(all))
	var next atomic.Int64
	var searches sync.WaitGroup
	for range runtime.NumCPU() {
		searches.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				verdicts[i] = all[i].verdict()
			}
		})
	}
	searches.Wait()
	for i, each := range all {
		fmt.Println(each.path, each.name, verdicts[i])
	}
}

// One name of one file.
type subject struct {
	path, name string
	operations []Operation
}

func subjects(path string, history History) []subject {
	byName := map[string][]Operation{}
	for _, operation := range history.Operations {
		byName[operation.Name] = append(byName[operation.Name], operation)
	}
	var all []subject
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, subject{path, name, byName[name]})
	}
	return all
}

func (of subject) verdict() string {
	known, all := model(evidenceOf(of.operations)), events(of.operations)
	result := porcupine.CheckOperationsTimeout(known, withoutRepeats(likely(all)), timeLimit)
	if result != porcupine.Ok {
		result = porcupine.CheckOperationsTimeout(known, withoutRepeats(all), timeLimit)
	}
	return map[porcupine.CheckResult]string{
		porcupine.Ok: "linearizable", porcupine.Illegal: "violation", porcupine.Unknown: "undecided",
	}[result]
}

func events(operations []Operation) []porcupine.Operation {
	var all []porcupine.Operation
	for i, operation := range operations {
		kind := operation.Outcome.Kind
		if kind == "failed" || (kind == "unknown" && operation.Kind == "read") {
			continue // it did not happen, or tells nothing
		}
		end := nanoseconds(operation.Returned)
		if kind == "unknown" {
			end = math.MaxInt64 // at any later time; the very last instant stands for never
		}
		all = append(all, porcupine.Operation{
			ClientId: i, Input: operation, Call: nanoseconds(earliest(operation)), Return: end,
		})
	}
	return all
}

// A weak read may show what was current before its call, as far back as the index was old.
func earliest(operation Operation) float64 {
	if operation.Kind == "write" || operation.Strong || operation.Outcome.Kind == "below" {
		return operation.Invoked
	}
	if operation.Outcome.Manifest == nil && operation.Via != "list" {
		if operation.MinVersion > 0 {
			return operation.Invoked
		}
		return operation.Invoked - missRememberedMs
	}
	return operation.Invoked - operation.AgeMs - slackMs
}

func evidenceOf(operations []Operation) evidence {
	known := evidence{map[string]written{}, map[string]int64{}}
	for _, operation := range operations {
		manifest := operation.Outcome.Manifest
		if operation.Outcome.Kind != "ok" || manifest == nil || operation.Input.ValidateOnly {
			continue
		}
		known.etags[manifest.Etag] = written{manifest.Version, manifest.Marker}
		if manifest.CreatedAt == manifest.UpdatedAt {
			known.births[manifest.CreatedAt] = manifest.Version
		}
	}
	return known
}

func nanoseconds(ms float64) int64 { return int64(ms * 1e6) }
