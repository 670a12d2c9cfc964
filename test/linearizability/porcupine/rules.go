package main

import "slices"

// What a method makes of a state: a write, nothing, or a refusal that names something.
type plan struct {
	life     string // of a write: the state's
	says     content
	existing bool
	refusal  string
	key      string
	value    string
}

// Whether there is a dataset whose etag a call of the method can expect.
func (now state) isSubjectOf(method string) bool {
	return now.life == "live" ||
		now.life == "deleted" && (method == "undelete" || method == "purge")
}

// Whether a repeated call of the method is shown the dataset.
func (now state) isShownAgain(method string) bool {
	return now.life == "live" ||
		now.life == "deleted" && (method == "undelete" || method == "delete")
}

func (now state) plan(input Input) plan {
	live, deleted := now.life == "live", now.life == "deleted"
	switch input.Method {
	case "register":
		return now.register(input)
	case "evolve", "update":
		if !live {
			return missing(false)
		}
		if input.Method == "evolve" {
			return now.evolve(input)
		}
		return now.update(input)
	case "delete":
		if !live {
			return missing(input.AllowMissing)
		}
		return plan{life: "deleted", says: now.content, existing: true}
	case "undelete":
		if live {
			return plan{refusal: "MANIFEST_EXISTS"}
		}
		if !deleted {
			return missing(false)
		}
		return plan{life: "live", says: now.content, existing: true}
	case "purge":
		if live {
			return plan{refusal: "NOT_DELETED"}
		}
		if !deleted {
			return missing(input.AllowMissing)
		}
		return plan{life: "purged", says: empty, existing: true}
	}
	panic("no such method: " + input.Method)
}

func (now state) register(input Input) plan {
	says, existing := empty, now.life == "live"
	says.createdIn = now.version + 1
	if existing {
		if now.fingerprint != input.Fingerprint {
			return now.conflict()
		}
		says = now.content
	}
	if input.Labels != nil {
		says.labels = canonical(input.Labels)
	}
	says.fingerprint, says.marker, says.objects = input.Fingerprint, input.Marker, input.Objects
	return plan{life: "live", says: says, existing: existing}
}

func (now state) evolve(input Input) plan {
	if now.fingerprint != input.From {
		return now.conflict()
	}
	says := now.content
	former := now.fingerprint + "@" + text(now.version+1)
	says.formers = append(slices.Clone(now.formers), former)
	says.fingerprint, says.marker, says.objects = input.To, input.Marker, input.Objects
	return plan{life: "live", says: says, existing: true}
}

func (now state) update(input Input) plan {
	if now.fingerprint != input.Fingerprint {
		return now.conflict()
	}
	objects := slices.Clone(now.objects)
	rows, known := now.marker, now.marker != unset
	count := func(file DataFile, sign int64) {
		rows += sign * file.Rows
		known = known && file.Rows != unset
	}
	place := func(key string) int {
		return slices.IndexFunc(objects, func(each DataFile) bool { return each.Key == key })
	}
	for _, key := range input.Remove {
		at := place(key)
		if at < 0 {
			return plan{refusal: "OBJECT_NOT_FOUND", key: "key", value: key}
		}
		count(objects[at], -1)
		objects = slices.Delete(objects, at, at+1)
	}
	for _, file := range input.Put {
		count(file, 1)
		if at := place(file.Key); at >= 0 {
			count(objects[at], -1)
			objects[at] = file
		} else {
			objects = append(objects, file)
		}
	}
	says := now.content
	says.objects = objects
	switch {
	case input.Marker != unset:
		says.marker = input.Marker
	case known && rows >= 0:
		says.marker = rows
	default:
		says.marker = unset
	}
	return plan{life: "live", says: says, existing: true}
}

func (now state) conflict() plan {
	return plan{refusal: "FINGERPRINT_CONFLICT", key: "current_fingerprint", value: now.fingerprint}
}

func missing(allowed bool) plan {
	if allowed {
		return plan{}
	}
	return plan{refusal: "MANIFEST_NOT_FOUND"}
}
