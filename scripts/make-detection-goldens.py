#!/usr/bin/env python3
"""Makes Tests/Fixtures/detection: scenes, what ONNX Runtime computes of them with the detector of
examples/detector, and the boxes that detection_reference.py finds.

Also two networks without training: the box of a cell of 8x8 pixels has its mean red and green, times
100, as centre, its mean blue as width, a height of 4, objectness and score 1. One takes inputs of any
size, the other two images of 64x64.

Needs NumPy, Pillow, ONNX and ONNX Runtime. With --check nothing is written, and boxes that differ from the
stored ones are an error.
"""

import argparse
import json
import sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image

import detection_reference as reference
import digit_scenes

FOLDER = digit_scenes.ROOT / "Tests/Fixtures/detection"
MODEL = digit_scenes.ROOT / "examples/detector/digits.onnx"
SIZE = 96
# Width, height, seed of the scene of examples/detector.
EXAMPLE = (360, 240, 306)
# Name, width, height, seed.
SCENES = [("wide", 320, 200, 11), ("tall", 150, 280, 12), ("odd", 131, 97, 13), ("small", 64, 60, 14)]


def write_mean_color(path, shape):
    weights = np.zeros((6, 3, 8, 8), np.float32)
    for channel in range(3):
        weights[channel, channel] = 100 / 64
    bias = np.array([0, 0, 0, 4, 1, 1], np.float32)
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [helper.make_node("Conv", ["images", "weights", "bias"], ["cells"], strides=[8, 8]),
         helper.make_node("Reshape", ["cells", "shape"], ["rows"]),
         helper.make_node("Transpose", ["rows"], ["boxes"], perm=[0, 2, 1])],
        "mean_color", [helper.make_tensor_value_info("images", kinds.FLOAT, shape)],
        [helper.make_tensor_value_info("boxes", kinds.FLOAT, [shape[0], "anchors", 6])],
        [onnx.numpy_helper.from_array(weights, "weights"),
         onnx.numpy_helper.from_array(bias, "bias"),
         onnx.numpy_helper.from_array(np.array([0, 6, -1]), "shape")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    session = onnxruntime.InferenceSession(str(MODEL))
    images, labels = digit_scenes.digits("t10k")
    FOLDER.mkdir(exist_ok=True)
    entries = []
    if not options.check:
        write_mean_color(FOLDER / "any_size.onnx", ["batch", 3, "height", "width"])
        write_mean_color(FOLDER / "two_images.onnx", [2, 3, 64, 64])
        width, height, seed = EXAMPLE
        pixels, _ = digit_scenes.scene(
            np.random.default_rng(seed), images, labels, width, height, SIZE)
        Image.fromarray(pixels).save(MODEL.parent / "scene.png", optimize=True)
    for name, width, height, seed in SCENES:
        path = FOLDER / f"{name}.png"
        if not options.check:
            random = np.random.default_rng(seed)
            pixels, _ = digit_scenes.scene(random, images, labels, width, height, SIZE)
            Image.fromarray(pixels).save(path, optimize=True)
        pixels = np.asarray(Image.open(path).convert("RGB"))
        levels, geometry = reference.letterbox(pixels, SIZE)
        output = session.run(None, {"images": reference.network_input(levels)})[0]
        if not options.check:
            np.save(FOLDER / f"{name}_output.npy", output)
        boxes = reference.detect(output[0], geometry, width, height)
        entries.append({
            "file": path.name, "width": width, "height": height,
            "boxes": [dict(zip(("class", "score", "x", "y", "width", "height"), box))
                      for box in boxes]})
    text = json.dumps(entries, indent=1) + "\n"
    if options.check:
        stored = json.loads((FOLDER / "boxes.json").read_text())
        same = len(stored) == len(entries) and all(
            a["file"] == b["file"] and len(a["boxes"]) == len(b["boxes"]) and all(
                p["class"] == q["class"] and all(
                    abs(p[key] - q[key]) < 1e-3 for key in ("score", "x", "y", "width", "height"))
                for p, q in zip(a["boxes"], b["boxes"]))
            for a, b in zip(stored, entries))
        sys.exit(0 if same else "boxes differ from the stored ones")
    (FOLDER / "boxes.json").write_text(text)


if __name__ == "__main__":
    main()
