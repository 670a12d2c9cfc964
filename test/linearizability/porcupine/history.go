package main

import (
	"encoding/json"
	"os"
)

// History is what ../history.ts describes, as far as it is looked at here.
type History struct {
	Operations []Operation `json:"operations"`
}

// Operation is one write or one read of one name. Times are in milliseconds.
type Operation struct {
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	Invoked  float64 `json:"invoked"`
	Returned float64 `json:"returned"`
	Outcome  Outcome `json:"outcome"`

	// Of a write.
	Input Input `json:"input"`

	// Of a read.
	Via         string  `json:"via"`
	Strong      bool    `json:"strong"`
	MinVersion  int64   `json:"minVersion"`
	ShowDeleted bool    `json:"showDeleted"`
	AgeMs       float64 `json:"ageMs"`
}

// Input is what a write asked for: what its method knows of this. Row counts are -1 where not given.
type Input struct {
	Method       string            `json:"method"`
	RequestID    string            `json:"requestId"`
	ExpectedEtag string            `json:"expectedEtag"`
	ValidateOnly bool              `json:"validateOnly"`
	Fingerprint  string            `json:"fingerprint"`
	From         string            `json:"from"`
	To           string            `json:"to"`
	Marker       int64             `json:"marker"`
	Labels       map[string]string `json:"labels"` // nil: not given
	Objects      []DataFile        `json:"objects"`
	Put          []DataFile        `json:"put"`
	Remove       []string          `json:"remove"`
	AllowMissing bool              `json:"allowMissing"`
}

// DataFile is one object of a dataset.
type DataFile struct {
	Key  string `json:"key"`
	Size int64  `json:"size"`
	Rows int64  `json:"rows"` // -1: not known
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
	Objects     *[]DataFile       `json:"objects"` // nil: left out
	ObjectCount int               `json:"objectCount"`
	TotalSize   int64             `json:"totalSize"`
	Formers     []string          `json:"formers"`
	Etag        string            `json:"etag"`
	CreatedAt   string            `json:"createdAt"`
	UpdatedAt   string            `json:"updatedAt"`
	DeletedAt   *string           `json:"deletedAt"`
}

func readHistory(path string) (History, error) {
	var history History
	bytes, err := os.ReadFile(path)
	if err != nil {
		return history, err
	}
	return history, json.Unmarshal(bytes, &history)
}
