package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"strconv"

	"github.com/anishathalye/porcupine"
)

// How many of the latest writes of a name are remembered with their request ids.
const rememberedWrites = 64

// One name between two operations. Version 0: absent.
type state struct {
	version     int64
	marker      int64
	fingerprint string
	labels      string
	writes      []write // those with a request id, oldest first
	key         string  // equal for equal states
}

type write struct {
	requestID string
	call      string
	existing  bool
	version   int64
}

// The write that an etag stands for.
type written struct {
	version int64
	marker  int64
}

// The sequential specification of one name. etags: what answers have shown of them.
func model(etags map[string]written) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return state{labels: canonical(nil)} },
		Step: func(before, input, _ any) (bool, any) {
			return step(before.(state), input.(Operation), etags)
		},
		Equal: func(a, b any) bool { return a.(state).key == b.(state).key },
		Hash: func(of any) uint64 {
			hash := fnv.New64a()
			hash.Write([]byte(of.(state).key))
			return hash.Sum64()
		},
	}
}

func step(now state, operation Operation, etags map[string]written) (bool, state) {
	if operation.Kind == "read" {
		return readFits(now, operation), now
	}
	return register(now, operation.Input, operation.Outcome, etags)
}

func readFits(now state, read Operation) bool {
	if read.Outcome.Kind == "below" {
		return now.version > 0 && now.version < read.MinVersion
	}
	return shows(read.Outcome.Manifest, now) && (now.version == 0 || now.version >= read.MinVersion)
}

// The order of the checks: request id, etag, fingerprint.
func register(now state, input Input, outcome Outcome, etags map[string]written) (bool, state) {
	unknown := outcome.Kind == "unknown"
	for _, earlier := range now.writes {
		if input.RequestID == "" || earlier.requestID != input.RequestID {
			continue
		}
		if earlier.call != callOf(input) {
			version := strconv.FormatInt(earlier.version, 10)
			return unknown || refused(outcome, "REQUEST_ID_REUSED", "version", version), now
		}
		right := outcome.Kind == "ok" && outcome.Replayed && outcome.Existing == earlier.existing &&
			outcome.Version == earlier.version && shows(outcome.Manifest, now)
		return unknown || right, now
	}
	if input.ExpectedEtag != "" {
		expected, known := etags[input.ExpectedEtag]
		if !known || expected != (written{now.version, now.marker}) {
			return unknown || staleEtag(now, outcome, etags), now
		}
	}
	if now.version > 0 && now.fingerprint != input.Fingerprint {
		return unknown || refused(outcome, "FINGERPRINT_CONFLICT", "current_fingerprint", now.fingerprint), now
	}
	next := after(now, input)
	if !unknown {
		right := outcome.Kind == "ok" && !outcome.Replayed && outcome.Existing == (now.version > 0) &&
			outcome.Version == next.version && shows(outcome.Manifest, next)
		if !right {
			return false, now
		}
	}
	if input.ValidateOnly {
		return true, now
	}
	return true, next
}

func after(now state, input Input) state {
	version := now.version + 1
	labels := now.labels
	if input.Labels != nil {
		labels = canonical(input.Labels)
	}
	var writes []write
	for _, earlier := range now.writes {
		if version-earlier.version < rememberedWrites {
			writes = append(writes, earlier)
		}
	}
	if input.RequestID != "" {
		writes = append(writes, write{input.RequestID, callOf(input), now.version > 0, version})
	}
	key := fmt.Sprintf("%d %d %q %s", version, input.Marker, input.Fingerprint, labels)
	for _, each := range writes {
		key += fmt.Sprintf(" %q@%d", each.requestID, each.version)
	}
	return state{version, input.Marker, input.Fingerprint, labels, writes, key}
}

func refused(outcome Outcome, reason, key, value string) bool {
	return outcome.Kind == "refused" && outcome.Reason == reason && outcome.Metadata[key] == value
}

func staleEtag(now state, outcome Outcome, etags map[string]written) bool {
	if outcome.Kind != "refused" || outcome.Reason != "ETAG_MISMATCH" {
		return false
	}
	current := outcome.Metadata["current_etag"]
	if current == "" || now.version == 0 {
		return current == "" && now.version == 0
	}
	known, ok := etags[current]
	return !ok || known == written{now.version, now.marker}
}

func shows(manifest *Manifest, now state) bool {
	if manifest == nil {
		return now.version == 0
	}
	return manifest.Version == now.version && manifest.Marker == now.marker &&
		manifest.Fingerprint == now.fingerprint && canonical(manifest.Labels) == now.labels
}

// What makes two registers one call under one request id.
func callOf(input Input) string {
	labels := "not given"
	if input.Labels != nil {
		labels = canonical(input.Labels)
	}
	return fmt.Sprintf("%q %d %s %q", input.Fingerprint, input.Marker, labels, input.ExpectedEtag)
}

// JSON with sorted keys; no labels and none given are the same state.
func canonical(labels map[string]string) string {
	sorted := map[string]string{}
	maps.Copy(sorted, labels)
	text, err := json.Marshal(sorted)
	if err != nil {
		panic(err) // a map of strings can always be encoded
	}
	return string(text)
}
