#!/usr/bin/env python3
"""The schema fingerprint of catalogd, as docs/fingerprint.md specifies it. Needs nothing but Python 3.8.

  fingerprint.py FILE.parquet...         prints the fingerprint of each file
  fingerprint.py --check VECTOR.json...  checks test vectors, and the .parquet file beside each, if any
"""
import hashlib, json, os, struct, sys

TYPES = "BOOLEAN INT32 INT64 INT96 FLOAT DOUBLE BYTE_ARRAY FIXED_LEN_BYTE_ARRAY".split()
REPETITIONS = "REQUIRED OPTIONAL REPEATED".split()
CONVERTED = """UTF8 MAP MAP_KEY_VALUE LIST ENUM DECIMAL DATE TIME_MILLIS TIME_MICROS TIMESTAMP_MILLIS
  TIMESTAMP_MICROS UINT_8 UINT_16 UINT_32 UINT_64 INT_8 INT_16 INT_32 INT_64 JSON BSON INTERVAL""".split()
PLAIN = {1: "STRING", 2: "MAP", 3: "LIST", 4: "ENUM", 6: "DATE", 11: "NULL", 12: "JSON", 13: "BSON",
         14: "UUID", 15: "FLOAT16"}
UNITS = {1: "MILLIS", 2: "MICROS", 3: "NANOS"}
EDGES = "SPHERICAL VINCENTY THOMAS ANDOYER KARNEY".split()


def fingerprint(schema, relaxed=False):
    version = "parquet-v1-relaxed" if relaxed else "parquet-v1"
    text = f"{version}\n{canonical(schema, relaxed)}"
    return f"{version}:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"


def canonical(schema, relaxed=False):
    elements = iter(schema)
    columns = children(elements, next(elements), None, relaxed)
    if next(elements, None) is not None:
        raise ValueError("the tree ends before the list of elements does")
    return json.dumps(columns, ensure_ascii=False, separators=(",", ":"))


def children(elements, group, logical, relaxed):
    return [node(elements, next(elements), logical, relaxed) for _ in range(group.get("num_children", 0))]


def node(elements, e, parent, relaxed):
    repetition = e.get("repetition_type", "REQUIRED")
    if relaxed and repetition == "REQUIRED":
        repetition = "OPTIONAL"
    logical = from_logical(e) or from_converted(e, parent)
    if (e.get("type"), logical) in (("INT32", ["INTEGER", 32, True]), ("INT64", ["INTEGER", 64, True])):
        logical = None
    if "type" not in e:
        if e.get("num_children", 0) <= 0:
            raise ValueError(f"{e['name']!r} is neither a column nor a group")
        return [e["name"], repetition, logical, children(elements, e, logical, relaxed)]
    length = e["type_length"] if e["type"] == "FIXED_LEN_BYTE_ARRAY" else None
    if logical and None in logical:
        raise ValueError(f"{e['name']!r} is a {logical[0]} without its parameters")
    return [e["name"], repetition, e["type"], length, logical]


def from_logical(e):
    t = e.get("logical_type", {})
    name = t.get("type")
    if name is None:  # a member of the union that version 1 does not know
        return next((["UNRECOGNIZED", int(k[6:])] for k in t), None)
    if name == "DECIMAL":
        return [name, t["scale"], t["precision"]]
    if name in ("TIME", "TIMESTAMP"):
        return [name, t["isAdjustedToUTC"], t["unit"]]
    if name == "INTEGER":
        return [name, t["bitWidth"], t["isSigned"]]
    if name == "VARIANT":
        return [name, t.get("specification_version", 1)]
    if name == "GEOMETRY":
        return [name, t.get("crs", "OGC:CRS84")]
    if name == "GEOGRAPHY":
        return [name, t.get("crs", "OGC:CRS84"), t.get("algorithm", "SPHERICAL")]
    return [name]


def from_converted(e, parent):
    name = e.get("converted_type")
    if name is None or (name == "MAP_KEY_VALUE" and parent == ["MAP"]):
        return None
    if name == "DECIMAL":
        return [name, e.get("scale", 0), e["precision"]]
    if name.startswith("TIME"):  # TIME_MILLIS ... TIMESTAMP_MICROS
        kind, unit = name.split("_")
        return [kind, True, unit]
    if name.startswith(("INT_", "UINT_")):
        return ["INTEGER", int(name.split("_")[1]), name.startswith("INT_")]
    return [{"UTF8": "STRING", "MAP_KEY_VALUE": "MAP"}.get(name, name)]


# Reading the schema out of a file: the footer is a struct of Thrift's compact protocol.

def read_schema(path):
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        length, magic = struct.unpack("<I4s", file.read())
        if magic != b"PAR1" or length > size - 12:
            raise ValueError(f"{path} is not a Parquet file, or encrypted, or damaged")
        file.seek(size - 8 - length)
        return [element(raw) for raw in Thrift(file.read(length)).struct()[2]]


def element(raw):
    e = {"name": raw[4].decode("utf-8"), "type_length": raw.get(2), "num_children": raw.get(5),
         "scale": raw.get(7), "precision": raw.get(8)}
    for key, field, names in (("type", 1, TYPES), ("repetition_type", 3, REPETITIONS), ("converted_type", 6, CONVERTED)):
        e[key] = pick(names, raw[field]) if field in raw else None
    for field, value in raw.get(10, {}).items():
        e["logical_type"] = logical_type(field, value)
    return {key: value for key, value in e.items() if value is not None}


def pick(names, index):
    if 0 <= index < len(names):
        return names[index]
    raise ValueError(f"unknown value {index} of the enum {names[0]}, {names[1]} ...")


def logical_type(field, value):
    first, second = value.get(1), value.get(2)
    if field == 5:
        return {"type": "DECIMAL", "scale": first, "precision": second}
    if field in (7, 8):
        return {"type": "TIME" if field == 7 else "TIMESTAMP", "isAdjustedToUTC": first, "unit": UNITS[min(second)]}
    if field == 10:
        return {"type": "INTEGER", "bitWidth": first, "isSigned": second}
    if field == 16:
        return {"type": "VARIANT", **({} if first is None else {"specification_version": first})}
    if field in (17, 18):
        crs = {} if first is None else {"crs": first.decode("utf-8")}
        edges = {} if second is None else {"algorithm": pick(EDGES, second)}
        return {"type": "GEOMETRY" if field == 17 else "GEOGRAPHY", **crs, **edges}
    return {"type": PLAIN[field]} if field in PLAIN else {f"field_{field}": {}}


class Thrift:
    def __init__(self, data):
        self.data, self.at = data, 0

    def bytes(self, count):
        self.at += count
        if self.at > len(self.data):
            raise ValueError("the footer is cut off")
        return self.data[self.at - count:self.at]

    def varint(self):
        result = shift = 0
        while True:
            byte = self.bytes(1)[0]
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result

    def zigzag(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def struct(self):
        fields, field = {}, 0
        while True:
            head = self.bytes(1)[0]
            if head & 15 == 0:
                return fields
            field = field + (head >> 4) if head >> 4 else self.zigzag()
            fields[field] = head & 15 == 1 if head & 15 < 3 else self.value(head & 15)

    def value(self, kind):
        if kind < 3:  # a boolean within a list
            return self.bytes(1)[0] == 1
        if kind == 3:
            return int.from_bytes(self.bytes(1), "little", signed=True)
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 7:
            return self.bytes(8)
        if kind == 8:
            return self.bytes(self.varint())
        if kind == 9:
            head = self.bytes(1)[0]
            return [self.value(head & 15) for _ in range(head >> 4 if head < 0xF0 else self.varint())]
        if kind == 12:
            return self.struct()
        raise ValueError(f"unexpected Thrift type {kind}")


def check(path):
    with open(path, encoding="utf-8") as file:
        vector = json.load(file)
    schemas = [vector["schema"]]
    if os.path.exists(path[:-5] + ".parquet"):
        schemas.append(read_schema(path[:-5] + ".parquet"))
    for schema in schemas:
        got = {"canonical": canonical(schema), "fingerprint": fingerprint(schema), "relaxed": fingerprint(schema, True)}
        for key, value in got.items():
            if value != vector[key]:
                sys.exit(f"{path}: {key} is {value}, expected {vector[key]}")
    print(f"{path}: ok ({len(schemas)} of 2 forms)")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--check":
        for name in sys.argv[2:]:
            check(name)
    else:
        for name in sys.argv[1:]:
            print(fingerprint(read_schema(name)), name)
