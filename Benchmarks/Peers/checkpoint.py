"""Reads the engine's own checkpoints: the same weights for every runtime."""

import json
import re
import struct
from pathlib import Path

import numpy as np

EPSILON = 1e-5


def read_safetensors(path):
    """The Float32 tensors of a safetensors file by name."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise SystemExit(f"{path}: tensor '{name}' is {entry['dtype']}, only F32 is exported")
        first, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[first:end], "<f4").reshape(entry["shape"])
    return tensors


class Norm:
    """A batch normalization in evaluation mode."""

    def __init__(self, tensors, prefix):
        entries = ("weight", "bias", "running_mean", "running_var")
        self.weight, self.bias, self.mean, self.variance = (
            tensors[f"{prefix}.{entry}"] for entry in entries)

    def folded(self):
        """The factor and summand of every channel."""
        factor = self.weight.astype(np.float64) / np.sqrt(self.variance.astype(np.float64) + EPSILON)
        summand = self.bias - self.mean * factor
        return factor, summand


class Block:
    """One block: a plain kernel and bias, or its branches."""

    def __init__(self, tensors, prefix, stride):
        self.stride = stride
        self.kernel = tensors.get(f"{prefix}.rbr_reparam.weight")
        self.bias = tensors.get(f"{prefix}.rbr_reparam.bias")
        # Kernel (None for the identity) and norm of each branch.
        self.branches = []
        for name in ("rbr_dense", "rbr_1x1"):
            if f"{prefix}.{name}.conv.weight" in tensors:
                self.branches.append(
                    (tensors[f"{prefix}.{name}.conv.weight"], Norm(tensors, f"{prefix}.{name}.bn")))
        if f"{prefix}.rbr_identity.weight" in tensors:
            self.branches.append((None, Norm(tensors, f"{prefix}.rbr_identity")))

    @property
    def output_channels(self):
        return (self.branches[0][0] if self.kernel is None else self.kernel).shape[0]


def network(path):
    """Blocks in execution order, then the head's weight and bias."""
    tensors = read_safetensors(path)
    if any(".se." in name or "post_se" in name or ".blocks." in name for name in tensors):
        raise SystemExit(f"{path}: networks with squeeze and excitation are not exported")
    found = set()
    for name in tensors:
        match = re.match(r"(stage(\d+)(?:\.(\d+))?)\.rbr_", name)
        if match:
            found.add((int(match[2]), int(match[3] or 0), match[1]))
    blocks = [
        Block(tensors, prefix, 2 if index == 0 else 1) for _, index, prefix in sorted(found)]
    return blocks, tensors["linear.weight"], tensors["linear.bias"]
