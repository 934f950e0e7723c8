"""One model, batch and thread count, measured by every runtime in turn."""

import json
import statistics
import sys
from pathlib import Path

import numpy as np

import ncnn_model
import onnx_model
from document import check_output

# Other roundings and summation orders stay far below this; a wrong layer does not.
TOLERANCE = 1e-4


class Combination:
    """Prepares the files, checks that all logits agree, then takes samples."""

    def __init__(self, options, model, batch, threads):
        self.options, self.model, self.batch, self.threads = options, model, batch, threads
        work = Path(options.work)
        work.mkdir(parents=True, exist_ok=True)
        self.work, self.size, self.title = work, options.size, f"RepVGG-{model}"
        self.peers = options.peers
        stem = f"{model}-{options.graph}"
        self.checkpoint = work / f"{stem}.safetensors"
        self.images = work / f"images-{batch}-{options.size}.npy"
        self.files = {
            "onnx": str(work / f"{stem}-{batch}-{options.size}.onnx"), "ncnn": str(work / stem)}
        # Against branched graphs of the peers stand both forms that keep branches.
        self.forms = ["plain"] if options.graph == "plain" else ["folded", "branched"]
        self.samples, self.peaks, self.empty = {}, {}, None

    def prepare(self):
        """Writes the same weights for every runtime."""
        options = self.options
        check_output([
            Path(options.binaries) / "repvgg-bench", "write-seeded", "--model", self.model,
            "--form", options.graph, "--seed", options.seed, "--force", self.checkpoint])
        shape = (self.batch, 3, *map(int, options.size.split("x")))
        onnx_model.write(
            options.binaries, self.checkpoint, self.files["onnx"], shape, options.graph)
        ncnn_model.write(self.checkpoint, self.files["ncnn"])
        generator = np.random.default_rng(options.seed)
        np.save(self.images, generator.standard_normal(shape, dtype=np.float32))

    def visit_engine(self, form):
        options = self.options
        text = check_output([
            Path(options.binaries) / "repvgg-bench", "run", "--weights", self.checkpoint,
            "--form", form, "--batch", self.batch, "--threads", self.threads, "--size",
            self.size, "--policy", options.policy, "--algorithm", options.algorithm,
            "--min-time", options.min_time, "--format", "json", "--quiet"])
        scenario = json.loads(text)["scenarios"][0]
        self.peaks[form] = scenario["memory"]["peak_rss_bytes"]
        return scenario["samples_ns"]

    def visit_peer(self, peer, logits=None):
        is_check = logits is not None
        task = {
            "peer": peer, "files": self.files, "images": str(self.images),
            "logits": str(logits or ""), "threads": self.threads,
            "min_time": 0 if is_check else self.options.min_time,
            "warm_up": 0 if is_check else min(0.5, self.options.min_time / 2),
            "samples": 1 if is_check else 5,
        }
        worker = Path(__file__).with_name("worker.py")
        text = check_output([sys.executable, worker, json.dumps(task)])
        found = json.loads(text.splitlines()[-1])
        self.peaks[peer] = max(found["peak_rss_bytes"], self.peaks.get(peer, 0))
        self.empty = min(found["empty_rss_bytes"], self.empty or found["empty_rss_bytes"])
        return found["samples_ns"]

    def check_agreement(self):
        """The largest relative L2 distance of a peer's logits from the engine's."""
        own = self.work / "logits-engine.npy"
        worst = 0.0
        expected = None
        for form in self.forms:
            own.unlink(missing_ok=True)
            check_output([
                Path(self.options.binaries) / "repvgg", "run", self.checkpoint, "--input",
                self.images, "--output", own, "--form", form, "--threads", self.threads,
                "--policy", self.options.policy])
            logits = np.load(own).reshape(self.batch, -1).astype(np.float64)
            expected = logits if expected is None else expected
            worst = max(worst, self.distance(logits, expected, f"this engine's {form} form"))
        for peer in self.peers:
            path = self.work / f"logits-{peer}.npy"
            self.visit_peer(peer, path)
            worst = max(
                worst, self.distance(np.load(path).reshape(self.batch, -1), expected, peer))
        return worst

    def distance(self, actual, expected, name):
        error = float(np.linalg.norm(actual - expected) / np.linalg.norm(expected))
        if not error <= TOLERANCE:
            raise SystemExit(
                f"{self.model} batch {self.batch}: {name} gives other logits, relative L2"
                f" {error:.2e}")
        return error

    def measure(self):
        order = [*self.forms, *self.peers]
        self.samples = {name: [] for name in order}
        for _ in range(self.options.rounds):
            for name in order + order[::-1]:
                is_own = name in self.forms
                self.samples[name] += self.visit_engine(name) if is_own else self.visit_peer(name)

    def row(self, agreement):
        medians = {name: statistics.median(list) / 1e6 for name, list in self.samples.items()}
        best = min(self.peers, key=medians.get)
        return {
            "model": self.title, "batch": self.batch, "threads": self.threads,
            "size": self.size, "graph": self.options.graph,
            "policy": self.options.policy, "median_ms": medians, "best_peer": best,
            "ratio": medians[best] / medians[self.forms[0]], "relative_l2": agreement,
            "peak_rss_bytes": self.peaks, "python_rss_bytes": self.empty,
            "samples_ns": self.samples,
        }
