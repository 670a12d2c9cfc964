package main

import (
	"encoding/json"
	"fmt"
	"maps"
)

const (
	// How many of the latest writes of a name are remembered with their request ids.
	rememberedWrites = 64
	// How many former fingerprints a dataset remembers.
	rememberedFingerprints = 32
	// A row count that is not set.
	unset = -1
)

// One name between two operations. Nothing in it is ever changed.
type state struct {
	version int64
	life    string  // absent, live, deleted or purged
	writes  []write // those with a request id, oldest first
	key     string  // equal for equal states
	content
}

// What a dataset says.
type content struct {
	createdIn   int64 // the version that created it
	marker      int64
	fingerprint string
	labels      string
	objects     []DataFile
	formers     []string
}

type write struct {
	requestID string
	call      string
	existing  bool
	version   int64
}

var empty = content{marker: unset, labels: canonical(nil)}

func (now state) with(life string, says content, input Input, existing bool) state {
	next := state{version: now.version + 1, life: life, content: says}
	if extra := len(says.formers) - rememberedFingerprints; extra > 0 {
		next.formers = says.formers[extra:]
	}
	for _, earlier := range now.writes {
		if next.version-earlier.version < rememberedWrites {
			next.writes = append(next.writes, earlier)
		}
	}
	if input.RequestID != "" {
		call := write{input.RequestID, callOf(input), existing, next.version}
		next.writes = append(next.writes, call)
	}
	next.key = fmt.Sprintf("%d %s %v", next.version, life, next.content)
	for _, each := range next.writes {
		next.key += fmt.Sprintf(" %q@%d", each.requestID, each.version)
	}
	return next
}

// What makes two calls one call under one request id.
func callOf(input Input) string {
	input.RequestID, input.ValidateOnly = "", false
	return text(input)
}

// JSON with sorted keys; no labels and none given are the same state.
func canonical(labels map[string]string) string {
	sorted := map[string]string{}
	maps.Copy(sorted, labels)
	return text(sorted)
}

func text(of any) string {
	bytes, err := json.Marshal(of)
	if err != nil {
		panic(err) // plain structures can always be encoded
	}
	return string(bytes)
}
