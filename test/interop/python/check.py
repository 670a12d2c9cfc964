"""Drives a live catalogd with the client of docs/clients/python.md.

Usage: python3 check.py HOST:PORT conflict   prints a conflict, as docs/clients/conflict.md shows it
       python3 check.py HOST:PORT check      checks what a Python client has to see, and counts it
"""

import datetime
import sys
import uuid

import grpc
from catalogd.v1 import catalog_pb2, catalog_service_pb2
from google.protobuf import any_pb2, json_format
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

import catalog_client

BIG = 2**53 + 1
Request = catalog_service_pb2.RegisterManifestRequest
passed = 0


def equal(what, got, wanted):
    global passed
    if got != wanted:
        sys.exit(f"error: {what}: expected {wanted!r}, got {got!r}")
    passed += 1


def new_id():
    return str(uuid.uuid4())


def refused(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except grpc.RpcError as error:
        return error, catalog_client.details_of(error)
    sys.exit(f"error: {call} {args} was to be refused")


def check_register(stub, name):
    request = Request(
        name=name,
        schema_fingerprint="fp-1",
        objects=[
            catalog_pb2.DataObject(key="s3://lake/1.parquet", size_bytes=BIG, row_count=BIG),
            catalog_pb2.DataObject(key="s3://lake/0.parquet", row_count=0, etag="e"),
            catalog_pb2.DataObject(key="s3://lake/2.parquet"),
        ],
        labels=catalog_pb2.Labels(entries={"team": "sales"}),
        request_id=new_id(),
    )
    created = catalog_client.register(stub, request)
    manifest = created.manifest
    equal("existing", created.existing, False)
    equal("version", created.version, 1)
    equal("row count is unset", manifest.HasField("row_count"), False)
    equal("size beyond 2^53", manifest.objects[0].size_bytes, BIG)
    equal("rows beyond 2^53", manifest.objects[0].row_count, BIG)
    as_json = json_format.MessageToDict(manifest, preserving_proto_field_name=True)
    equal("size beyond 2^53 in JSON", as_json["objects"][0]["size_bytes"], str(BIG))
    equal("order of objects", manifest.objects[1].key, "s3://lake/0.parquet")
    equal("0 rows are set", manifest.objects[1].HasField("row_count"), True)
    equal("unknown rows are unset", manifest.objects[2].HasField("row_count"), False)
    equal("no etag is unset", manifest.objects[2].HasField("etag"), False)
    now = datetime.datetime.now(datetime.timezone.utc)
    age = now - manifest.created_at.ToDatetime(tzinfo=datetime.timezone.utc)
    equal("created now", abs(age) < datetime.timedelta(minutes=1), True)

    replayed = catalog_client.register(stub, request)
    equal("replayed", (replayed.replayed, replayed.version), (True, 1))

    again = Request(name=name, schema_fingerprint="fp-1", row_count=0, request_id=new_id())
    existing = catalog_client.register(stub, again)
    equal("existing", existing.existing, True)
    equal("same id", existing.manifest.dataset_id, manifest.dataset_id)
    equal("0 rows of the dataset are set", existing.manifest.HasField("row_count"), True)
    equal("labels stay", dict(existing.manifest.labels), {"team": "sales"})
    equal(
        "later",
        existing.manifest.updated_at.ToDatetime() > manifest.updated_at.ToDatetime(),
        True,
    )
    got = stub.GetManifest(catalog_service_pb2.GetManifestRequest(name=name), timeout=10)
    equal("get", got.manifest, existing.manifest)


def check_conflict(stub, name):
    request = Request(name=name, schema_fingerprint="fp-2", request_id=new_id())
    error, details = refused(catalog_client.register, stub, request)
    equal("code", error.code(), grpc.StatusCode.FAILED_PRECONDITION)
    equal("reason", details.reason, "FINGERPRINT_CONFLICT")
    equal(
        "metadata",
        details.metadata,
        {"name": name, "current_fingerprint": "fp-1", "given_fingerprint": "fp-2"},
    )
    equal(
        "violations",
        [(each.type, each.subject) for each in details.violations],
        [("FINGERPRINT_CONFLICT", name)],
    )
    request = Request(
        name=name, schema_fingerprint="fp-1", expected_etag="stale", request_id=new_id()
    )
    error, details = refused(catalog_client.register, stub, request)
    equal("stale etag", error.code(), grpc.StatusCode.ABORTED)
    equal("stale etag's reason", details.reason, "ETAG_MISMATCH")
    equal("current etag is told", details.metadata["current_etag"] != "", True)


def check_bad_request(stub):
    error, details = refused(catalog_client.register, stub, Request(request_id=new_id()))
    equal("nothing given", error.code(), grpc.StatusCode.INVALID_ARGUMENT)
    equal("a field is named", details.fields[0].field, "name")
    get = catalog_service_pb2.GetManifestRequest(name=new_id())
    watch = catalog_service_pb2.WatchManifestsRequest(prefix=new_id())
    error, details = refused(stub.GetManifest, get, timeout=10)
    equal("not found", error.code(), grpc.StatusCode.NOT_FOUND)
    equal("not found's reason", details.reason, "MANIFEST_NOT_FOUND")
    # A stream that does not end by itself, so that the deadline is what ends it.
    error, _ = refused(lambda **kw: list(stub.WatchManifests(watch, **kw)), timeout=1)
    equal("a deadline that has passed", error.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
    try:
        catalog_client.register(stub, Request(name="a"))
        sys.exit("error: a write without request id was to be refused by the client")
    except ValueError:
        pass


def check_pages(stub, prefix):
    wanted = [f"{prefix}{name}" for name in ("a", "a-b", "é")]
    wanted += [f"{prefix}b-{i:03}" for i in range(120)]
    for name in wanted[1:]:
        catalog_client.register(
            stub, Request(name=name, schema_fingerprint="fp", request_id=new_id())
        )
    page = stub.ListManifests(catalog_service_pb2.ListManifestsRequest(prefix=prefix), timeout=10)
    equal("there is more than one page", page.next_page_token != "", True)
    names = list(catalog_client.names(stub, prefix))
    equal("number of names", len(names), len(wanted))
    equal("names in byte order", names == sorted(wanted), True)


class Failure(grpc.RpcError):
    """A refusal as grpcio raises it."""

    def __init__(self, code, reason):
        details = [
            error_details_pb2.ErrorInfo(reason=reason, domain="catalogd"),
            error_details_pb2.RetryInfo(),
        ]
        packed = [any_pb2.Any() for _ in details]
        for box, detail in zip(packed, details):
            box.Pack(detail)
        self._status = rpc_status.to_status(
            status_pb2.Status(code=code.value[0], message=reason, details=packed)
        )

    def code(self):
        return self._status.code

    def details(self):
        return self._status.details

    def trailing_metadata(self):
        return self._status.trailing_metadata


class Flaky:
    """Answers the first calls with the errors given, and notes the request id of each call."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.ids = []

    def RegisterManifest(self, request, timeout):
        self.ids.append(request.request_id)
        if self.failures:
            raise self.failures.pop(0)
        return catalog_service_pb2.RegisterManifestResponse()


def check_repeated():
    code = grpc.StatusCode
    unknown = Failure(code.DEADLINE_EXCEEDED, "OUTCOME_UNKNOWN")
    catalog_client.random.uniform = lambda low, high: low
    request = Request(name="a", request_id="same")
    for failure in (
        unknown,
        Failure(code.ABORTED, "CONTENDED"),
        Failure(code.RESOURCE_EXHAUSTED, "TOO_BUSY"),
        Failure(code.UNAVAILABLE, ""),
    ):
        stub = Flaky(failure, unknown)
        catalog_client.register(stub, request)
        equal("repeated with the same request id", stub.ids, ["same"] * 3)
    for failure in (
        Failure(code.ABORTED, "ETAG_MISMATCH"),
        Failure(code.FAILED_PRECONDITION, "FINGERPRINT_CONFLICT"),
        Failure(code.DEADLINE_EXCEEDED, ""),
    ):
        stub = Flaky(failure)
        error, _ = refused(catalog_client.register, stub, request)
        equal("not repeated", (error, stub.ids), (failure, ["same"]))


def main():
    address, what = sys.argv[1:]
    channel, stub = catalog_client.connect(address)
    with channel:
        if what == "conflict":
            import conflict

            conflict.print_conflict(stub)
            return
        prefix = f"python-{new_id()}/"
        check_register(stub, f"{prefix}a")
        check_conflict(stub, f"{prefix}a")
        check_bad_request(stub)
        check_pages(stub, prefix)
        check_repeated()
    print(f"python: {passed} checks passed on {address}")


main()
