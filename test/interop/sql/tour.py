"""Runs the ```sql and ```sh blocks of a Markdown page in order, and compares the tables it shows.

Usage: python3 tour.py PAGE   (in the folder which the page's paths are relative to)
Exits with 1, and says which statement and what it gave, if a table is another one.
"""

import pathlib
import re
import subprocess
import sys

import duckdb


def table(relation):
    """A result as aligned columns below a header."""
    rows = [tuple(relation.columns)]
    for row in relation.fetchall():
        rows.append(tuple(text(value) for value in row))
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines) + "\n"


def text(value):
    if value is None:
        return "NULL"
    return str(value).lower() if isinstance(value, bool) else str(value)


def main():
    page = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    blocks = re.findall(r"^```([^\n]*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    connection = duckdb.connect()
    run = compared = 0
    for (info, code), (next_info, shown) in zip(blocks, [*blocks[1:], ("", "")]):
        if info == "sh":
            subprocess.run(["sh", "-eu", "-c", code], check=True, stdout=subprocess.DEVNULL, timeout=60)
        if info != "sql":
            continue
        result = connection.sql(code)
        run += 1
        if next_info == "text" and table(result) != shown:
            sys.exit(f"error: the page does not show what this gives:\n{code}\n{table(result)}")
        compared += next_info == "text"
    if compared < 5:
        sys.exit(f"error: only {compared} tables were compared")
    print(f"sql: {run} blocks ran on DuckDB {duckdb.__version__}, {compared} tables are as shown")


main()
