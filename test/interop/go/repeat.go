package main

import (
	"context"
	"crypto/rand"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	catalogdv1 "example.com/pipeline/gen/catalogd/v1"
)

// flaky answers the first calls with the errors given, and notes the request id of each call.
type flaky struct {
	catalogdv1.CatalogServiceClient
	failures   []error
	requestIDs []string
}

func (f *flaky) RegisterManifest(
	_ context.Context,
	request *catalogdv1.RegisterManifestRequest,
	_ ...grpc.CallOption,
) (*catalogdv1.RegisterManifestResponse, error) {
	f.requestIDs = append(f.requestIDs, request.GetRequestId())
	if len(f.requestIDs) <= len(f.failures) {
		return nil, f.failures[len(f.requestIDs)-1]
	}
	return &catalogdv1.RegisterManifestResponse{}, nil
}

// checkRepeated checks which failures Register repeats, and that the request id stays.
func checkRepeated(name string) {
	unknown := failure(codes.DeadlineExceeded, "OUTCOME_UNKNOWN")
	for _, err := range []error{
		unknown,
		failure(codes.Aborted, "CONTENDED"),
		failure(codes.ResourceExhausted, "TOO_BUSY"),
		status.Error(codes.Unavailable, "connection refused"),
	} {
		client := &flaky{failures: []error{err, unknown}}
		id := rand.Text()
		_, err := Register(context.Background(), client,
			&catalogdv1.RegisterManifestRequest{Name: name, RequestId: id})
		must(err)
		is("repeated with the same request id", client.requestIDs, []string{id, id, id})
	}
	for _, err := range []error{
		failure(codes.Aborted, "ETAG_MISMATCH"),
		failure(codes.FailedPrecondition, "FINGERPRINT_CONFLICT"),
		status.Error(codes.DeadlineExceeded, "context deadline exceeded"),
	} {
		client := &flaky{failures: []error{err}}
		_, got := Register(context.Background(), client,
			&catalogdv1.RegisterManifestRequest{Name: name, RequestId: rand.Text()})
		is("not repeated", got, err)
		is("calls", len(client.requestIDs), 1)
	}
}

func failure(code codes.Code, reason string) error {
	failed, err := status.New(code, reason).WithDetails(
		&errdetails.ErrorInfo{Reason: reason, Domain: "catalogd"},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Millisecond)},
	)
	must(err)
	return failed.Err()
}
