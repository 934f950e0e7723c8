"""Times the engine and its peers in turn, a process for each visit, and prints them side by side."""

import argparse
import datetime
import importlib.metadata
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import export
import runtimes

# Other roundings and summation orders stay far below this; a wrong layer does not.
TOLERANCE = 1e-4


def integers(text):
    return [int(word) for word in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default=".build/release", help="folder of repvgg-bench")
    parser.add_argument("--work", default=".build/peers", help="folder for exported models")
    parser.add_argument("--models", default="A0,B0,B1")
    parser.add_argument("--batch", type=integers, default=[1, 8])
    parser.add_argument("--threads", type=integers, default=[1, 2])
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--min-time", type=float, default=1.0, help="seconds of each visit")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of A B B A")
    parser.add_argument("--format", choices=["text", "md", "json"], default="text")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure_peer(task):
    """A visit of one peer: loads, warms up, takes samples; prints them as JSON."""
    images = np.load(task["images"])
    run = runtimes.PEERS[task["peer"]](task["files"], task["threads"])
    for _ in range(3):
        logits = run(images)
    if task["logits"]:
        np.save(task["logits"], np.array(logits, dtype=np.float32))
    samples, start = [], time.perf_counter_ns()
    while len(samples) < 5 or time.perf_counter_ns() - start < task["min_time"] * 1e9:
        before = time.perf_counter_ns()
        run(images)
        samples.append(time.perf_counter_ns() - before)
    print(json.dumps(samples))


def check_output(command):
    return subprocess.run(
        [str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout


class Combination:
    """One model, batch and thread count."""

    def __init__(self, options, model, batch, threads):
        self.options, self.model, self.batch, self.threads = options, model, batch, threads
        work = Path(options.work)
        work.mkdir(parents=True, exist_ok=True)
        self.checkpoint = work / f"{model}.safetensors"
        self.images = work / f"images-{batch}-{options.size}.npy"
        self.files = {
            "onnx": str(work / f"{model}-{batch}-{options.size}.onnx"),
            "ncnn": str(work / f"{model}"),
        }
        self.samples = {}

    def prepare(self):
        options = self.options
        check_output([
            Path(options.binaries) / "repvgg-bench", "write-seeded", "--model", self.model,
            "--seed", options.seed, "--force", self.checkpoint])
        export.write_onnx(self.checkpoint, self.files["onnx"], self.batch, options.size)
        export.write_ncnn(self.checkpoint, self.files["ncnn"])
        shape = (self.batch, 3, options.size, options.size)
        generator = np.random.default_rng(options.seed)
        np.save(self.images, generator.standard_normal(shape, dtype=np.float32))

    def visit_engine(self):
        text = check_output([
            Path(self.options.binaries) / "repvgg-bench", "run", "--weights", self.checkpoint,
            "--form", "plain", "--batch", self.batch, "--threads", self.threads, "--size",
            self.options.size, "--min-time", self.options.min_time, "--format", "json", "--quiet"])
        return json.loads(text)["scenarios"][0]["samples_ns"]

    def visit_peer(self, peer, logits=""):
        task = {
            "peer": peer, "files": self.files, "images": str(self.images), "logits": str(logits),
            "threads": self.threads, "min_time": 0 if logits else self.options.min_time,
        }
        text = check_output([sys.executable, __file__, "--worker", json.dumps(task)])
        return json.loads(text.splitlines()[-1])

    def check_agreement(self):
        """The largest relative L2 distance of a peer's logits from the engine's."""
        work = Path(self.options.work)
        own = work / "logits-engine.npy"
        own.unlink(missing_ok=True)
        check_output([
            Path(self.options.binaries) / "repvgg", "run", self.checkpoint, "--input", self.images,
            "--output", own, "--threads", self.threads])
        expected = np.load(own).reshape(self.batch, -1).astype(np.float64)
        worst = 0.0
        for peer in runtimes.PEERS:
            path = work / f"logits-{peer}.npy"
            self.visit_peer(peer, path)
            actual = np.load(path).reshape(self.batch, -1)
            error = np.linalg.norm(actual - expected) / np.linalg.norm(expected)
            if not error <= TOLERANCE:
                raise SystemExit(
                    f"{self.model} batch {self.batch}: {peer} gives other logits, relative L2"
                    f" {error:.2e}")
            worst = max(worst, float(error))
        return worst

    def measure(self):
        order = ["engine", *runtimes.PEERS]
        self.samples = {name: [] for name in order}
        for _ in range(self.options.rounds):
            for name in order + order[::-1]:
                visit = self.visit_engine if name == "engine" else lambda: self.visit_peer(name)
                self.samples[name] += visit()

    def row(self, agreement):
        medians = {name: statistics.median(list) / 1e6 for name, list in self.samples.items()}
        peers = {name: medians[name] for name in runtimes.PEERS}
        best = min(peers, key=peers.get)
        return {
            "model": f"RepVGG-{self.model}", "batch": self.batch, "threads": self.threads,
            "median_ms": medians, "best_peer": best, "ratio": peers[best] / medians["engine"],
            "relative_l2": agreement, "samples_ns": self.samples,
        }


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def table(rows, heading, is_markdown):
    titles = ["model", "batch", "threads", "this engine ms", *(f"{p} ms" for p in runtimes.PEERS),
              "best peer / this engine", "logits, relative L2"]
    lines = [titles]
    for row in rows:
        lines.append([
            row["model"], str(row["batch"]), str(row["threads"]),
            *(f"{row['median_ms'][name]:.2f}" for name in ["engine", *runtimes.PEERS]),
            f"{row['ratio']:.2f}", f"{row['relative_l2']:.1e}"])
    if is_markdown:
        text = ["| " + " | ".join(line) + " |" for line in lines]
        text.insert(1, "|" + " --- |" * len(titles))
    else:
        widths = [max(len(line[i]) for line in lines) for i in range(len(titles))]
        text = ["  ".join(w.rjust(n) for w, n in zip(line, widths)) for line in lines]
    return heading + "\n\n" + "\n".join(text)


def main():
    options = arguments()
    if options.worker:
        return measure_peer(json.loads(options.worker))
    rows = []
    for model in options.models.split(","):
        for batch in options.batch:
            for threads in options.threads:
                print(f"{model} batch {batch} threads {threads}", file=sys.stderr, flush=True)
                combination = Combination(options, model, batch, threads)
                combination.prepare()
                agreement = combination.check_agreement()
                combination.measure()
                rows.append(combination.row(agreement))
    versions = {name: importlib.metadata.version(name) for name in runtimes.PEERS}
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    if options.format == "json":
        print(json.dumps(
            {"schema_version": 1, "date": date, "cpu": cpu_name(), "versions": versions,
             "rows": rows}))
        return None
    heading = (
        f"{date}, {cpu_name()}; fused network, Float32, {options.size}x{options.size}, median of"
        f" interleaved visits; " + ", ".join(f"{n} {v}" for n, v in versions.items()))
    print(table(rows, heading, options.format == "md"))
    return None


if __name__ == "__main__":
    main()
