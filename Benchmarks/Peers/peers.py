"""Times the engine and its peers in turn, a process for each visit, side by side."""

import argparse
import json
import re
import sys

from combination import Combination
from document import document, write
from graph_combination import GraphCombination
from networks import GRAPHS
from runtimes import PEERS
from table import Results


def integers(text):
    return [int(word) for word in text.split(",")]


def names(text):
    unknown = [word for word in text.split(",") if word not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no peer is called '{unknown[0]}'")
    return text.split(",")


def size(text):
    edges = [int(edge) for edge in text.split("x")] if re.fullmatch(r"\d+(x\d+)?", text) else []
    if not edges or min(edges) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no size, such as 224 or 416x352")
    return f"{edges[0]}x{edges[-1]}"


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/Peers/run", description=__doc__)
    parser.add_argument("--models", default="A0,B0,B1", help="architectures without gates, or " + ", ".join(GRAPHS) + ", which ncnn does not get")
    parser.add_argument("--batch", type=integers, default=[1, 8])
    parser.add_argument("--threads", type=integers, default=[1, 2])
    parser.add_argument(
        "--size", type=size, default="224x224", help="of the images, H or HxW (224)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--graph", choices=["plain", "branched"], default="plain",
        help="what the peers get: one convolution a block, or the branches as trained; against"
        " the latter stand this engine's folded and branched forms")
    parser.add_argument(
        "--policy", choices=["fast", "exact", "compact"], default="fast", help="of this engine")
    parser.add_argument("--algorithm", default="auto", help="of this engine")
    parser.add_argument("--peers", type=names, default=list(PEERS), help="those to measure")
    parser.add_argument(
        "--memory", action="store_true",
        help="peak RSS of a process with one runtime, loading included")
    parser.add_argument("--min-time", type=float, default=1.0, help="seconds of each visit")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of A B B A")
    parser.add_argument(
        "--format", choices=["text", "md", "json"], default="text",
        help="json prints one document at the end, the others every row when it is finished")
    parser.add_argument("--json", help="write the document to this file too, after every row")
    parser.add_argument("--binaries", default=".build/release", help=argparse.SUPPRESS)
    parser.add_argument("--work", default=".build/peers", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = arguments()
    record = document("peers", options.peers, options.binaries)
    combinations = [
        (GraphCombination if model in GRAPHS else Combination)(options, model, batch, threads)
        for model in options.models.split(",") for batch in options.batch
        for threads in options.threads]
    results = None
    if options.format != "json":
        graph = "fused network" if options.graph == "plain" else "branched graph in the peers"
        policy = "" if options.policy == "fast" else f", policy {options.policy}"
        print(
            f"{record['date']}, {record['cpu']}; {graph}, Float32,"
            f" {options.size}{policy}, median of interleaved visits; "
            + ", ".join(f"{name} {version}" for name, version in record["versions"].items()) + "\n",
            flush=True)
        results = Results(options, combinations[0].forms)
    for combination in combinations:
        combination.prepare()
        agreement = combination.check_agreement()
        combination.measure()
        row = combination.row(agreement)
        record["rows"].append(row)
        if results:
            results.append(row)
        if options.json:
            write(options.json, record)
    if options.format == "json":
        print(json.dumps(record))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
