package main

import (
	"encoding/json"
	"os"
)

// History is what ../history.ts describes, as far as it is looked at here.
type History struct {
	Operations []Operation `json:"operations"`
}

// Operation is one register or one read of one name. Times are in milliseconds.
type Operation struct {
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	Invoked  float64 `json:"invoked"`
	Returned float64 `json:"returned"`
	Outcome  Outcome `json:"outcome"`

	// Of a register.
	Input Input `json:"input"`

	// Of a read.
	Via        string  `json:"via"`
	Strong     bool    `json:"strong"`
	MinVersion int64   `json:"minVersion"`
	AgeMs      float64 `json:"ageMs"`
}

// Input is what a register asked for.
type Input struct {
	Fingerprint  string            `json:"fingerprint"`
	Marker       int64             `json:"marker"`
	Labels       map[string]string `json:"labels"` // nil: not given
	RequestID    string            `json:"requestId"`
	ExpectedEtag string            `json:"expectedEtag"`
	ValidateOnly bool              `json:"validateOnly"`
}

// Outcome is what an operation came to: ok, below, refused, failed or unknown.
type Outcome struct {
	Kind     string            `json:"kind"`
	Reason   string            `json:"reason"`
	Existing bool              `json:"existing"`
	Replayed bool              `json:"replayed"`
	Version  int64             `json:"version"`
	Manifest *Manifest         `json:"manifest"`
	Metadata map[string]string `json:"metadata"`
}

// Manifest is what an answer showed.
type Manifest struct {
	Version     int64             `json:"version"`
	Marker      int64             `json:"marker"`
	Fingerprint string            `json:"fingerprint"`
	Labels      map[string]string `json:"labels"`
	Etag        string            `json:"etag"`
}

func readHistory(path string) (History, error) {
	var history History
	bytes, err := os.ReadFile(path)
	if err != nil {
		return history, err
	}
	return history, json.Unmarshal(bytes, &history)
}
