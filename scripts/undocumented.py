#!/usr/bin/env python3
"""Lists public symbols without documentation, from symbol graphs; exits 1 where there is one.

usage: undocumented.py SYMBOLGRAPH.json ...

Left out is what nobody writes: symbols without a place in the sources, such as a synthesized ==, and
implementations of what a protocol has documented.
"""
import json
import sys


def undocumented(graph):
    documented_elsewhere = {
        relationship["source"] for relationship in graph["relationships"]
        if relationship["kind"] in ("defaultImplementationOf", "requirementOf", "overrides",
                                    "memberOf") and "sourceOrigin" in relationship}
    for symbol in graph["symbols"]:
        lines = symbol.get("docComment", {}).get("lines", [])
        if any(line["text"].strip() for line in lines) or "location" not in symbol:
            continue
        if symbol["identifier"]["precise"] in documented_elsewhere:
            continue
        place = symbol["location"]
        yield (place["uri"].removeprefix("file://"), place["position"]["line"] + 1,
               ".".join(symbol["pathComponents"]), symbol["kind"]["displayName"])


def main(files):
    count = 0
    found = []
    for file in files:
        with open(file, encoding="utf-8") as text:
            graph = json.load(text)
        count += len(graph["symbols"])
        found += undocumented(graph)
    for path, line, name, kind in sorted(found):
        print(f"{path}:{line}: {kind} {name} has no documentation")
    if count == 0:
        print("undocumented: there are no symbols at all")
        return 1
    print(f"undocumented: {len(found)} of {count} public symbols")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
