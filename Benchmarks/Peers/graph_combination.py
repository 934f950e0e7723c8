"""A network that is written as an ONNX graph, measured by every runtime that reads one."""

from pathlib import Path

import numpy as np

from combination import Combination
from document import check_output
from networks import GRAPHS


class GraphCombination(Combination):
    """The engine always gets the graph with its branches and merges them when it loads it."""

    def __init__(self, options, model, batch, threads):
        super().__init__(options, model, batch, threads)
        stem = f"{model}-{batch}"
        self.checkpoint = self.work / f"{stem}-branched.onnx"
        merged = self.work / f"{stem}-plain.onnx"
        self.files = {"onnx": str(merged if options.graph == "plain" else self.checkpoint)}
        self.images = self.work / f"images-{stem}.npy"
        self.title = model
        # Without branches there is one form to compare with, whatever the peers get.
        self.forms = ["plain"]
        self.peers = [peer for peer in options.peers if peer != "ncnn"]

    def prepare(self):
        shape = GRAPHS[self.model](self.checkpoint, self.options.seed, self.batch)
        self.size = f"{shape[2]}x{shape[3]}"
        if self.options.graph == "plain":
            check_output([
                Path(self.options.binaries) / "repvgg", "convert", self.checkpoint,
                self.files["onnx"], "--force"])
        generator = np.random.default_rng(self.options.seed)
        np.save(self.images, generator.standard_normal(shape, dtype=np.float32))
