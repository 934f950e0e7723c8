"""Writes a plain RepVGG checkpoint for other runtimes: ONNX, and ncnn's param and bin."""

import json
import re
import struct
from pathlib import Path

import numpy as np


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


def layers(tensors):
    """Convolutions in execution order as (weight, bias, stride), then the head's weight and bias."""
    if any(".se." in name or "post_se" in name for name in tensors):
        raise SystemExit("networks with squeeze and excitation are not exported")
    blocks = []
    for name in tensors:
        match = re.fullmatch(r"stage(\d+)(?:\.(\d+))?\.rbr_reparam\.weight", name)
        if match:
            blocks.append((int(match[1]), int(match[2] or 0), name))
    convolutions = [
        (tensors[name], tensors[name.replace("weight", "bias")], 2 if index == 0 else 1)
        for _, index, name in sorted(blocks)
    ]
    return convolutions, tensors["linear.weight"], tensors["linear.bias"]


def write_onnx(checkpoint, path, batch, size):
    """An ONNX model of a fixed input shape."""
    from onnx import TensorProto, helper, numpy_helper, save

    convolutions, weight, bias = layers(read_safetensors(checkpoint))
    nodes, values, name, channels = [], [], "input", 3
    for index, (kernel, shift, stride) in enumerate(convolutions):
        values += [numpy_helper.from_array(kernel, f"w{index}")]
        values += [numpy_helper.from_array(shift, f"b{index}")]
        nodes.append(
            helper.make_node(
                "Conv", [name, f"w{index}", f"b{index}"], [f"c{index}"], kernel_shape=[3, 3],
                strides=[stride, stride], pads=[1, 1, 1, 1], group=channels // kernel.shape[1]))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        name, channels = f"r{index}", kernel.shape[0]
    values += [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(bias, "b")]
    nodes.append(helper.make_node("GlobalAveragePool", [name], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["flat"]))
    nodes.append(helper.make_node("Gemm", ["flat", "w", "b"], ["logits"], transB=1))
    graph = helper.make_graph(
        nodes, "repvgg",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 3, size, size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, weight.shape[0]])],
        values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    save(model, str(path))


def write_ncnn(checkpoint, stem):
    """ncnn's graph as text and its weights, Float32 with the tag 0 before each weight."""
    convolutions, weight, bias = layers(read_safetensors(checkpoint))
    lines, name, channels = ["Input input 0 1 data"], "data", 3
    with open(f"{stem}.bin", "wb") as blob:
        for index, (kernel, shift, stride) in enumerate(convolutions):
            groups = channels // kernel.shape[1]
            kind = "Convolution" if groups == 1 else "ConvolutionDepthWise"
            lines.append(
                f"{kind} conv{index} 1 1 {name} r{index} 0={kernel.shape[0]} 1=3 3={stride} 4=1"
                f" 5=1 6={kernel.size} 9=1" + (f" 7={groups}" if groups > 1 else ""))
            blob.write(struct.pack("<I", 0) + kernel.tobytes() + shift.tobytes())
            name, channels = f"r{index}", kernel.shape[0]
        lines.append(f"Pooling pool 1 1 {name} pooled 0=1 4=1")
        lines.append(
            f"InnerProduct head 1 1 pooled logits 0={weight.shape[0]} 1=1 2={weight.size}")
        blob.write(struct.pack("<I", 0) + weight.tobytes() + bias.tobytes())
    text = ["7767517", f"{len(lines)} {len(lines)}"] + lines
    Path(f"{stem}.param").write_text("\n".join(text) + "\n")
