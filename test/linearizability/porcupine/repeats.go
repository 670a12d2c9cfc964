package main

import "github.com/anishathalye/porcupine"

// Leaves out reads that cannot make a difference: where another one saw the same, and had to see it
// at some instant that was open to this one too, whatever order suits that one suits both. porcupine
// would try them in every order; of a weak read, which is open to long ago, there are many.
func withoutRepeats(all []porcupine.Operation) []porcupine.Operation {
	bySight := map[string][]porcupine.Operation{}
	for _, each := range all {
		if seen, ok := sight(each); ok {
			bySight[seen] = append(bySight[seen], each)
		}
	}
	var left []porcupine.Operation
	for _, each := range all {
		seen, ok := sight(each)
		if !ok || !isImplied(each, bySight[seen]) {
			left = append(left, each)
		}
	}
	return left
}

// What a read saw, if it is one.
func sight(of porcupine.Operation) (string, bool) {
	read := of.Input.(Operation)
	if read.Kind != "read" || read.Outcome.Kind != "ok" {
		return "", false
	}
	manifest := read.Outcome.Manifest
	if manifest == nil {
		return text(read.ShowDeleted), true
	}
	return text(manifest) + text([]bool{manifest.Version >= read.MinVersion, read.ShowDeleted}), true
}

func isImplied(read porcupine.Operation, same []porcupine.Operation) bool {
	for _, other := range same {
		within := other.Call >= read.Call && other.Return <= read.Return
		equal := other.Call == read.Call && other.Return == read.Return
		if within && other.ClientId != read.ClientId && (!equal || other.ClientId < read.ClientId) {
			return true
		}
	}
	return false
}
