// Command pipeline drives a live catalogd with the client of docs/clients/go.md.
//
//	pipeline HOST:PORT conflict   prints a conflict, as docs/clients/conflict.md shows it
//	pipeline HOST:PORT check      checks what a Go client has to see, and counts it
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"reflect"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	catalogdv1 "example.com/pipeline/gen/catalogd/v1"
)

const big = int64(1)<<53 + 1

var passed int

func main() {
	client, connection, err := Dial(os.Args[1])
	must(err)
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if os.Args[2] == "conflict" {
		printConflict(ctx, client, os.Stdout)
		return
	}
	prefix := "go-" + rand.Text() + "/"
	checkRegister(ctx, client, prefix+"a")
	checkConflict(ctx, client, prefix+"a")
	checkBadRequest(ctx, client)
	checkPages(ctx, client, prefix)
	checkDeadline(client, prefix+"a")
	checkRepeated(prefix + "a")
	fmt.Printf("go: %d checks passed on %s\n", passed, os.Args[1])
}

func checkRegister(ctx context.Context, client catalogdv1.CatalogServiceClient, name string) {
	request := &catalogdv1.RegisterManifestRequest{
		Name:              name,
		SchemaFingerprint: "fp-1",
		Objects: []*catalogdv1.DataObject{
			{Key: "s3://lake/1.parquet", SizeBytes: big, RowCount: proto.Int64(big)},
			{Key: "s3://lake/0.parquet", RowCount: proto.Int64(0), Etag: proto.String("e")},
			{Key: "s3://lake/2.parquet"},
		},
		Labels:    &catalogdv1.Labels{Entries: map[string]string{"team": "sales"}},
		RequestId: rand.Text(),
	}
	before := time.Now().Add(-time.Minute)
	created, err := Register(ctx, client, request)
	must(err)
	manifest := created.GetManifest()
	is("existing", created.GetExisting(), false)
	is("version", created.GetVersion(), int64(1))
	is("row count is unset", manifest.RowCount == nil, true)
	is("size beyond 2^53", manifest.GetObjects()[0].GetSizeBytes(), big)
	is("rows beyond 2^53", manifest.GetObjects()[0].GetRowCount(), big)
	is("order of objects", manifest.GetObjects()[1].GetKey(), "s3://lake/0.parquet")
	is("0 rows are set", manifest.GetObjects()[1].RowCount != nil, true)
	is("unknown rows are unset", manifest.GetObjects()[2].RowCount == nil, true)
	is("no etag is unset", manifest.GetObjects()[2].Etag == nil, true)
	is("created now", manifest.GetCreatedAt().AsTime().After(before), true)

	replayed, err := Register(ctx, client, request)
	must(err)
	is("replayed", replayed.GetReplayed(), true)
	is("replayed version", replayed.GetVersion(), int64(1))

	request.RequestId, request.RowCount, request.Labels = rand.Text(), proto.Int64(0), nil
	existing, err := Register(ctx, client, request)
	must(err)
	is("existing", existing.GetExisting(), true)
	is("same id", existing.GetManifest().GetDatasetId(), manifest.GetDatasetId())
	is("0 rows of the dataset are set", existing.GetManifest().RowCount != nil, true)
	is("labels stay", existing.GetManifest().GetLabels(), map[string]string{"team": "sales"})
	is("later", existing.GetManifest().GetUpdatedAt().AsTime().After(manifest.GetUpdatedAt().AsTime()), true)

	got, err := client.GetManifest(ctx, &catalogdv1.GetManifestRequest{Name: name})
	must(err)
	is("get", proto.Equal(got.GetManifest(), existing.GetManifest()), true)
}

func checkConflict(ctx context.Context, client catalogdv1.CatalogServiceClient, name string) {
	_, err := Register(ctx, client, &catalogdv1.RegisterManifestRequest{
		Name: name, SchemaFingerprint: "fp-2", RequestId: rand.Text(),
	})
	is("code", status.Code(err), codes.FailedPrecondition)
	details := DetailsOf(err)
	is("reason", details.Reason, "FINGERPRINT_CONFLICT")
	is("metadata", details.Metadata, map[string]string{
		"name": name, "current_fingerprint": "fp-1", "given_fingerprint": "fp-2",
	})
	is("violations", len(details.Violations), 1)
	is("type", details.Violations[0].GetType(), "FINGERPRINT_CONFLICT")
	is("subject", details.Violations[0].GetSubject(), name)

	_, err = Register(ctx, client, &catalogdv1.RegisterManifestRequest{
		Name: name, SchemaFingerprint: "fp-1", ExpectedEtag: "stale", RequestId: rand.Text(),
	})
	is("stale etag", status.Code(err), codes.Aborted)
	is("stale etag's reason", DetailsOf(err).Reason, "ETAG_MISMATCH")
	is("current etag is told", DetailsOf(err).Metadata["current_etag"] != "", true)
}

func checkBadRequest(ctx context.Context, client catalogdv1.CatalogServiceClient) {
	_, err := Register(ctx, client, &catalogdv1.RegisterManifestRequest{RequestId: rand.Text()})
	is("nothing given", status.Code(err), codes.InvalidArgument)
	fields := DetailsOf(err).Fields
	is("a field is named", len(fields) > 0 && fields[0].GetField() == "name", true)
	_, err = client.GetManifest(ctx, &catalogdv1.GetManifestRequest{Name: rand.Text()})
	is("not found", status.Code(err), codes.NotFound)
	is("not found's reason", DetailsOf(err).Reason, "MANIFEST_NOT_FOUND")
	_, err = Register(ctx, client, &catalogdv1.RegisterManifestRequest{Name: "a"})
	is("a write without request id is refused by the client", err != nil, true)
}

func checkPages(ctx context.Context, client catalogdv1.CatalogServiceClient, prefix string) {
	wanted := []string{prefix + "a"}
	for i := range 120 {
		name := fmt.Sprintf("%sb-%03d", prefix, i)
		_, err := Register(ctx, client, &catalogdv1.RegisterManifestRequest{
			Name: name, SchemaFingerprint: "fp", RequestId: rand.Text(),
		})
		must(err)
		wanted = append(wanted, name)
	}
	page, err := client.ListManifests(ctx, &catalogdv1.ListManifestsRequest{Prefix: prefix})
	must(err)
	is("there is more than one page", page.GetNextPageToken() != "", true)
	names, err := Names(ctx, client, prefix)
	must(err)
	is("number of names", len(names), len(wanted))
	is("names in byte order", slices.Equal(names, wanted), true)
}

func checkDeadline(client catalogdv1.CatalogServiceClient, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), -time.Second)
	defer cancel()
	_, err := client.GetManifest(ctx, &catalogdv1.GetManifestRequest{Name: name})
	is("a deadline that has passed", status.Code(err), codes.DeadlineExceeded)
}

func is(what string, got, wanted any) {
	if !reflect.DeepEqual(got, wanted) {
		must(fmt.Errorf("%s: expected %v, got %v", what, wanted, got))
	}
	passed++
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
