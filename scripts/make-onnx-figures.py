#!/usr/bin/env python3
"""Writes what the Python package onnx finds in the ONNX files of Tests/Fixtures/universe.

usage: scripts/make-onnx-figures.py     (needs onnx and numpy)
The tests of the ONNX reader compare these figures with their own.
"""
import json
import pathlib

import numpy
import onnx
from onnx import AttributeProto, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Fixtures" / "universe"


def dimensions(value):
    sizes = value.type.tensor_type.shape.dim
    return [size.dim_param or size.dim_value for size in sizes]


def figures(path):
    model = onnx.load(path)
    graph = model.graph
    attributes = [a for node in graph.node for a in node.attribute]
    tensors = list(graph.initializer) + [
        a.t for a in attributes if a.type == AttributeProto.TENSOR
    ]
    arrays = [numpy_helper.to_array(tensor).astype(numpy.float64) for tensor in tensors]
    integers = [i for a in attributes for i in ([a.i] if a.type == AttributeProto.INT else a.ints)]
    floats = [f for a in attributes for f in ([a.f] if a.type == AttributeProto.FLOAT else a.floats)]
    return {
        "ir": model.ir_version,
        "producer": model.producer_name,
        "opset": model.opset_import[0].version,
        "nodes": len(graph.node),
        "edges": sum(len(node.input) + len(node.output) for node in graph.node),
        "attributes": len(attributes),
        "initializers": len(graph.initializer),
        "metadata": len(model.metadata_props),
        "inputs": len(graph.input),
        "firstInput": [graph.input[0].name, *map(str, dimensions(graph.input[0]))],
        "outputs": [[value.name, *map(str, dimensions(value))] for value in graph.output],
        "elements": sum(array.size for array in arrays),
        "magnitude": sum(float(numpy.abs(array).sum()) for array in arrays),
        # Ends of slices are the largest integers.
        "integers": sum(i for i in integers if abs(i) < 2**40),
        "floats": sum(floats),
    }


paths = sorted(ROOT.glob("*/*.onnx"))
lines = [f"{json.dumps(str(p.relative_to(ROOT)))}: {json.dumps(figures(p))}" for p in paths]
(ROOT / "onnx-figures.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
