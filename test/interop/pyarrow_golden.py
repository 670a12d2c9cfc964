"""pyarrow reads every golden file and agrees with its JSON twin.

Usage: python3 test/interop/pyarrow_golden.py   (needs: pip install pyarrow)
Exits with 1 and names each difference if there is one.
"""

import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
TIMES = ("created_at", "updated_at", "deleted_at")
INT64_COLUMNS = ("row_count", "version", *TIMES)
INT64_FIELDS = ("size_bytes", "row_count", "version")


def text(value):
    return None if value is None else str(value)


def plain(name, column):
    """The only value of a column in the manner of the twins."""
    if name in TIMES:
        if column.type != pa.timestamp("us", tz="UTC"):
            raise TypeError(f"{name} is {column.type}")
        column = column.cast(pa.int64())  # a Python datetime ends in the year 9999
    if name == "former_fingerprints":
        times = column.flatten().field("replaced_at").cast(pa.int64()).to_pylist()
        value = column.cast(pa.list_(pa.struct([
            ("schema_fingerprint", pa.string()),
            ("replaced_in_version", pa.int64()),
            ("replaced_at", pa.int64()),
        ])))[0].as_py()
        return value and [
            {**row, "replaced_in_version": text(row["replaced_in_version"]), "replaced_at": text(at)}
            for row, at in zip(value, times)
        ]
    value = column[0].as_py()
    if name in INT64_COLUMNS:
        return text(value)
    if name == "labels":
        if not pa.types.is_map(column.type):
            raise TypeError(f"{name} is {column.type}")
        return [{"key": key, "value": label} for key, label in value]
    if name in ("objects", "recent_writes"):
        return [
            {key: text(field) if key in INT64_FIELDS else field for key, field in row.items()}
            for row in value
        ]
    return value


def main():
    files = sorted(GOLDEN.rglob("*.parquet"))
    if not files:
        sys.exit(f"no golden files below {GOLDEN}")
    failures = 0
    for file in files:
        twin = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        table = pq.ParquetFile(file).read()
        row = {name: plain(name, table.column(name).combine_chunks()) for name in table.column_names}
        if table.num_rows != 1 or row != twin:
            failures += 1
            names = [name for name in {**row, **twin} if row.get(name) != twin.get(name)]
            print(f"{file.relative_to(GOLDEN)}: {table.num_rows} rows, differs in {names}")
    print(f"pyarrow {pa.__version__}: {len(files)} golden files, {failures} differ from their twins")
    sys.exit(1 if failures else 0)


main()
