"""Runs every ONNX file of a folder on random input and compares the outputs with ONNX Runtime's.

Files that the engine does not run are listed by the reason that it gives. Sizes that a file leaves open
are those of --size, a batch of one and three channels. See scripts/check-real-models.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

# Largest error of an output as a part of its largest value: both compute in Float32. Of outputs that
# are all tiny, such as the probabilities of a detector that finds nothing, runtimes differ by more.
TOLERANCE = 1e-4
SMALLEST_SCALE = 1e-2


class Refusal(Exception):
    """Why a file does not run."""


def runtime(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def images(value, size):
    """Random images of the shape that an input has."""
    if len(value.shape) != 4 or value.type != "tensor(float)":
        raise Refusal(f"the input is {value.type} of rank {len(value.shape)}, not images")
    standard = [1, 3, *size]
    if value.shape[3] == 3 and value.shape[1] != 3:
        standard = [1, *size, 3]
    shape = [
        length if isinstance(length, int) and length > 0 else other
        for length, other in zip(value.shape, standard)]
    return np.random.default_rng(7).random(shape, np.float32)


def run(tool, path, array, work):
    """The outputs that the engine writes, by their names."""
    np.save(work / "input.npy", array)
    result = subprocess.run(
        [tool, "run", path, "-i", work / "input.npy", "--outputs", work / "outputs"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if result.returncode in (65, 1):
        # The file's name is in the row already.
        raise Refusal(result.stderr.strip().removeprefix("repvgg run: ").replace(f"{path}: ", ""))
    if result.returncode != 0:
        raise RuntimeError(f"exit code {result.returncode}: {result.stderr.strip()}")
    return {file.stem: np.load(file) for file in (work / "outputs").glob("*.npy")}


def check(tool, path, size):
    """The input's shape and the largest error of an output."""
    session = runtime(path)
    if len(session.get_inputs()) != 1:
        raise Refusal(f"has {len(session.get_inputs())} inputs")
    array = images(session.get_inputs()[0], size)
    with tempfile.TemporaryDirectory() as work:
        outputs = run(tool, path, array, Path(work))
    names = [value.name for value in session.get_outputs()]
    expected = session.run(names, {session.get_inputs()[0].name: array})
    worst = 0
    for name, truth in zip(names, expected):
        output = outputs[name.replace("/", "_")]
        if output.shape != truth.shape:
            raise RuntimeError(f"{name} has shape {output.shape}, not {truth.shape}")
        largest = max(float(np.abs(truth).max(initial=0)), SMALLEST_SCALE)
        worst = max(worst, float(np.abs(output.astype(np.float64) - truth).max(initial=0)) / largest)
    if not worst <= TOLERANCE:
        raise RuntimeError(f"differs by {worst:.1e} of the largest output")
    return array.shape, worst


def main():
    parser = argparse.ArgumentParser(prog="scripts/check-real-models", description=__doc__)
    parser.add_argument("folder", type=Path, help="where .onnx files are, at any depth")
    parser.add_argument("--tool", required=True, help="the repvgg to check; nothing is built then")
    parser.add_argument("--size", default="64x96", help="rows and columns of images: 64x96")
    parser.add_argument("--only", default="", metavar="TEXT", help="files whose name has this text")
    options = parser.parse_args()
    size = [int(length) for length in options.size.split("x")]
    paths = [path for path in sorted(options.folder.rglob("*.onnx")) if options.only in path.name]
    if not paths:
        print(f"{options.folder} has no such .onnx files", file=sys.stderr)
        sys.exit(66)
    refused, wrong = [], []
    print(f"{'file':42}{'input':>18}{'error':>10}", flush=True)
    for path in paths:
        try:
            shape, error = check(options.tool, path, size)
            print(f"{path.name:42}{'x'.join(map(str, shape)):>18}{error:>10.1e}", flush=True)
        except Refusal as refusal:
            refused.append((path.name, str(refusal)))
            print(f"{path.name:42}{'does not run':>18}", flush=True)
        except Exception as error:  # Every exception is a finding.
            wrong.append(path.name)
            print(f"{path.name:42}{'WRONG':>18}\n    {type(error).__name__}: {error}", flush=True)
    if refused:
        print("\nWhat does not run:")
    for name, reason in refused:
        print(f"{name}: {reason}")
    print(f"\n{len(paths)} files, {len(refused)} do not run, {len(wrong)} wrong")
    sys.exit(2 if wrong else 0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
