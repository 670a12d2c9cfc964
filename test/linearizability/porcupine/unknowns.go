package main

import (
	"math"

	"github.com/anishathalye/porcupine"
)

// What a history most likely was: of the writes whose outcome is not known, one whose row count an answer
// shows happened before that answer, and the others never did. An order for this suits the whole history
// too, where each such write may come at any later time, which porcupine would try one by one. No order
// says nothing: an update can come to the row count of another write.
func likely(all []porcupine.Operation) []porcupine.Operation {
	shown := map[int64]int64{} // by row count, when the first answer that shows it had come
	for _, each := range all {
		if manifest := each.Input.(Operation).Outcome.Manifest; manifest != nil {
			if first, ok := shown[manifest.Marker]; !ok || each.Return < first {
				shown[manifest.Marker] = each.Return
			}
		}
	}
	var left []porcupine.Operation
	for _, each := range all {
		if each.Return == math.MaxInt64 {
			first, ok := shown[each.Input.(Operation).Input.Marker]
			if !ok || first < each.Call {
				continue
			}
			each.Return = first
		}
		left = append(left, each)
	}
	return left
}
