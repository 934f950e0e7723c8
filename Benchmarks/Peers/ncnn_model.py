"""Writes a network for ncnn: the graph as text, the weights as Float32.

Batch norms of branches are folded into their convolutions, as ncnn's own optimizer does it.
"""

import struct
from pathlib import Path

import numpy as np

import checkpoint


class Writer:
    """The two files of a model while they grow."""

    def __init__(self, weights):
        self.weights, self.lines, self.blob_count = weights, [], 0

    def layer(self, kind, name, inputs, outputs, parameters=""):
        self.lines.append(
            f"{kind} {name} {len(inputs)} {len(outputs)} {' '.join([*inputs, *outputs])}"
            f" {parameters}".rstrip())
        self.blob_count += len(outputs)
        return outputs[0]

    def weight(self, array):
        # The tag 0 says that Float32 follows.
        self.weights.write(struct.pack("<I", 0) + array.astype("<f4").tobytes())

    def plain(self, array):
        self.weights.write(array.astype("<f4").tobytes())

    def convolution(self, name, source, kernel, bias, stride, channels, has_relu):
        groups = channels // kernel.shape[1]
        edge = kernel.shape[2]
        self.layer(
            "Convolution" if groups == 1 else "ConvolutionDepthWise", name, [source], [name],
            f"0={kernel.shape[0]} 1={edge} 3={stride} 4={edge // 2} 5=1 6={kernel.size}"
            + (" 9=1" if has_relu else "") + (f" 7={groups}" if groups > 1 else ""))
        self.weight(kernel)
        self.plain(bias)
        return name

    def branches(self, index, source, block, channels):
        names = [f"{source}.{index}.{place}" for place in range(len(block.branches))]
        self.layer("Split", f"split{index}", [source], names)
        outputs = []
        for place, (kernel, norm) in enumerate(block.branches):
            factor, summand = norm.folded()
            name = f"c{index}.{place}"
            if kernel is not None:
                folded = (kernel * factor[:, None, None, None]).astype(np.float32)
                self.convolution(
                    name, names[place], folded, summand, block.stride, channels, False)
            else:
                self.layer(
                    "Scale", name, [names[place]], [name], f"0={factor.size} 1=1")
                self.plain(factor)
                self.plain(summand)
            outputs.append(name)
        total = self.layer("Eltwise", f"s{index}", outputs, [f"s{index}"], "0=1")
        return self.layer("ReLU", f"r{index}", [total], [f"r{index}"])


def write(source, stem):
    """Writes stem.param and stem.bin; the checkpoint's form is the graph's."""
    blocks, weight, bias = checkpoint.network(source)
    with open(f"{stem}.bin", "wb") as weights:
        writer = Writer(weights)
        name, channels = writer.layer("Input", "input", [], ["data"]), 3
        for index, block in enumerate(blocks):
            if block.kernel is not None:
                name = writer.convolution(
                    f"r{index}", name, block.kernel, block.bias, block.stride, channels, True)
            else:
                name = writer.branches(index, name, block, channels)
            channels = block.output_channels
        name = writer.layer("Pooling", "pool", [name], ["pooled"], "0=1 4=1")
        writer.layer(
            "InnerProduct", "head", [name], ["logits"],
            f"0={weight.shape[0]} 1=1 2={weight.size}")
        writer.weight(weight)
        writer.plain(bias)
    text = ["7767517", f"{len(writer.lines)} {writer.blob_count}", *writer.lines]
    Path(f"{stem}.param").write_text("\n".join(text) + "\n")
