package main

import (
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/anishathalye/porcupine"
)

// What answers have shown that no specification can foresee.
type evidence struct {
	etags  map[string]written
	births map[string]int64 // by time of creation, the version that created the dataset
}

// The write that an etag stands for.
type written struct {
	version int64
	marker  int64
}

// The sequential specification of one name.
func model(known evidence) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return state{life: "absent", content: empty} },
		Step: func(before, input, _ any) (bool, any) {
			return step(before.(state), input.(Operation), known)
		},
		Equal: func(a, b any) bool { return a.(state).key == b.(state).key },
		Hash: func(of any) uint64 {
			hash := fnv.New64a()
			hash.Write([]byte(of.(state).key))
			return hash.Sum64()
		},
	}
}

func step(now state, operation Operation, known evidence) (bool, state) {
	if operation.Kind == "read" {
		return readFits(now, operation, known), now
	}
	return call(now, operation.Input, operation.Outcome, known)
}

func readFits(now state, read Operation, known evidence) bool {
	visible := now.life == "live" || now.life == "deleted" && read.ShowDeleted
	if read.Outcome.Kind == "below" {
		return visible && now.version < read.MinVersion
	}
	if read.Outcome.Manifest == nil {
		return !visible
	}
	return visible && now.version >= read.MinVersion && shows(read.Outcome.Manifest, now, known)
}

// The order of the checks: request id, etag, then what the method asks.
func call(now state, input Input, outcome Outcome, known evidence) (bool, state) {
	unknown := outcome.Kind == "unknown"
	for _, earlier := range now.writes {
		if input.RequestID == "" || earlier.requestID != input.RequestID {
			continue
		}
		if earlier.call != callOf(input) {
			version := strconv.FormatInt(earlier.version, 10)
			return unknown || refused(outcome, "REQUEST_ID_REUSED", "version", version), now
		}
		right := outcome.Kind == "ok" && outcome.Replayed && outcome.Version == earlier.version &&
			(input.Method != "register" || outcome.Existing == earlier.existing) &&
			answers(outcome, input, now, now.isShownAgain(input.Method), known)
		return unknown || right, now
	}
	here := written{now.version, now.marker}
	if input.ExpectedEtag != "" {
		expected, shown := known.etags[input.ExpectedEtag]
		if !shown || expected != here || !now.isSubjectOf(input.Method) {
			return unknown || stale(now, input.Method, outcome, known), now
		}
	}
	planned := now.plan(input)
	if planned.refusal != "" {
		return unknown || refused(outcome, planned.refusal, planned.key, planned.value), now
	}
	if planned.life == "" {
		nothing := outcome.Kind == "ok" && !outcome.Replayed && outcome.Version == 0
		return unknown || nothing && outcome.Manifest == nil, now
	}
	next := now.with(planned.life, planned.says, input, planned.existing)
	right := outcome.Kind == "ok" && !outcome.Replayed && outcome.Version == next.version &&
		(input.Method != "register" || outcome.Existing == planned.existing) &&
		answers(outcome, input, next, true, known)
	if !unknown && !right {
		return false, now
	}
	if input.ValidateOnly {
		return true, now
	}
	return true, next
}

// Whether an answer shows the state, if there is anything that it has to show.
func answers(outcome Outcome, input Input, of state, shown bool, known evidence) bool {
	if input.Method == "purge" || !shown {
		return outcome.Manifest == nil
	}
	if input.ValidateOnly {
		known = evidence{} // the version shown was not written
	}
	return outcome.Manifest != nil && shows(outcome.Manifest, of, known)
}

func refused(outcome Outcome, reason, key, value string) bool {
	return outcome.Kind == "refused" && outcome.Reason == reason && outcome.Metadata[key] == value
}

func stale(now state, method string, outcome Outcome, known evidence) bool {
	if outcome.Kind != "refused" || outcome.Reason != "ETAG_MISMATCH" {
		return false
	}
	current := outcome.Metadata["current_etag"]
	if current == "" || !now.isSubjectOf(method) {
		return current == "" && !now.isSubjectOf(method)
	}
	shown, ok := known.etags[current]
	return !ok || shown == written{now.version, now.marker}
}

func shows(manifest *Manifest, now state, known evidence) bool {
	birth, ok := known.births[manifest.CreatedAt]
	total := int64(0)
	for _, each := range now.objects {
		total += each.Size
	}
	return manifest.Version == now.version && manifest.Marker == now.marker &&
		manifest.Fingerprint == now.fingerprint && canonical(manifest.Labels) == now.labels &&
		manifest.ObjectCount == len(now.objects) && manifest.TotalSize == total &&
		(manifest.Objects == nil || slices.Equal(*manifest.Objects, now.objects)) &&
		slices.Equal(manifest.Formers, now.formers) &&
		(manifest.DeletedAt != nil) == (now.life == "deleted") &&
		(manifest.CreatedAt == manifest.UpdatedAt) == (now.createdIn == now.version) &&
		(!ok || birth == now.createdIn)
}
