"""Converts the networks of Tests/Fixtures to ONNX and compares other runtimes with their outputs.

Exported graphs must merge to no more convolutions than upstream's own deploy form has. Every file
written must be valid and load in ONNX Runtime and OpenVINO, and the outputs of both must be those
that PyTorch gave. See scripts/check-onnx.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino

FIXTURES = Path(__file__).resolve().parent.parent / "Tests" / "Fixtures"

# Largest error of an output as a part of its largest value: Float32 with room for summation orders.
TOLERANCE = 3e-5

# Graphs that keep branches, and why.
KEPT_BRANCHES = {
    "dbb-vgg/train_static_dynamo_op18.onnx":
        "ScatterND writes the padding into the border, which keeps the regions apart",
}

FORMS = ["plain", "folded", "branched"]
OPSETS = [13, 17, 20, 22]


class Fault(Exception):
    """What is wrong with one file."""


def convert(tool, source, target, *options):
    result = subprocess.run(
        [tool, "convert", source, target, "--force", "--quiet", *map(str, options)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise Fault(f"convert failed with {result.returncode}: {result.stderr.strip()}")


def load(path):
    return onnx.load(path, load_external_data=False)


def convolution_count(path):
    return sum(node.op_type == "Conv" for node in load(path).graph.node)


class Runtimes:
    """A valid file, loaded in both runtimes."""

    def __init__(self, path):
        onnx.checker.check_model(str(path), full_check=True)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        self.output_names = [value.name for value in self.session.get_outputs()]
        model = openvino.Core().compile_model(
            str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1})
        self.request = model.create_infer_request()

    def outputs(self, images):
        """Lists of outputs by the runtime's name."""
        self.request.infer({0: images})
        count = len(self.output_names)
        return {
            "ONNX Runtime": self.session.run(None, {self.input.name: images}),
            "OpenVINO": [self.request.get_output_tensor(place).data for place in range(count)],
        }


def compare(runtimes, images, expected):
    """The largest error of each runtime; a fault if one is too large."""
    errors = {}
    for name, outputs in runtimes.outputs(images).items():
        if [output.shape for output in outputs] != [output.shape for output in expected]:
            raise Fault(f"{name} gives shapes {[output.shape for output in outputs]}")
        errors[name] = max(
            float(np.abs(output.astype(np.float64) - truth).max() / np.abs(truth).max())
            for output, truth in zip(outputs, expected))
        if not errors[name] <= TOLERANCE:
            raise Fault(f"{name} differs by {errors[name]:.1e} of the largest output")
    return errors


def accepts(path, shape):
    """Whether the dimensions that the graph fixes are those of the shape."""
    graph = load(path).graph
    initializers = {value.name for value in graph.initializer}
    value = next(value for value in graph.input if value.name not in initializers)
    sizes = value.type.tensor_type.shape.dim
    return len(sizes) == len(shape) and all(
        not size.HasField("dim_value") or size.dim_value == length
        for size, length in zip(sizes, shape))


def truth(folder, name, suffix):
    """The Float64 output; the file of an only one has no number."""
    path = folder / f"{name}{suffix}_f64.npy"
    return np.load(path if path.exists() else folder / f"output{suffix}_f64.npy")


class Check:
    """Rows of a table within 80 columns, and what was found."""

    def __init__(self, options, work):
        self.options, self.work = options, Path(work)
        self.row_count, self.faults, self.remarks = 0, [], []

    def headline(self, title):
        print(f"{title:46}{'Conv':>8}{'ONNX Runtime':>14}{'OpenVINO':>10}", flush=True)

    def row(self, name, examine):
        """Prints what `examine` gives: convolutions as text and the errors of both runtimes."""
        if self.options.only not in name:
            return
        self.row_count += 1
        try:
            convolutions, errors = examine()
            cells = [f"{errors[runtime]:.1e}" for runtime in ("ONNX Runtime", "OpenVINO")]
            print(f"{name:46}{convolutions:>8}{cells[0]:>14}{cells[1]:>10}", flush=True)
        except Exception as error:  # Every exception of a runtime or the checker is a finding.
            self.faults.append(name)
            reason = str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
            print(f"{name:46}{'WRONG':>8}\n    {reason}", flush=True)

    def graph(self, path):
        """An exported graph: merged, twice, and merged again."""
        tool, name = self.options.tool, f"{path.parent.name}/{path.name}"
        merged, second, again = (
            self.work / part for part in ("merged.onnx", "second.onnx", "again.onnx"))
        convert(tool, path, merged)
        convert(tool, path, second)
        if merged.read_bytes() != second.read_bytes():
            raise Fault("converting twice gives different files")
        convert(tool, merged, again)
        count = convolution_count(merged)
        if convolution_count(again) != count:
            raise Fault(f"{count} Conv, but {convolution_count(again)} if converted again")
        limit = min(convolution_count(deploy) for deploy in path.parent.glob("deploy*.onnx"))
        if name in KEPT_BRANCHES:
            if count <= limit:
                raise Fault("merges although it is listed as an exception")
            self.remarks.append(f"{name} keeps its branches: {KEPT_BRANCHES[name]}.")
        elif count > limit:
            raise Fault(f"{count} Conv, upstream's deploy form has {limit}")
        worst = {}
        for file in (merged, again):
            runtimes = Runtimes(file)
            names = [value.name for value in load(path).graph.output]
            if runtimes.output_names != names:
                raise Fault(f"outputs are called {runtimes.output_names} instead of {names}")
            for suffix in ("", "_odd"):
                images = np.load(path.parent / f"input{suffix}.npy")
                if suffix and not accepts(path, images.shape):
                    continue
                expected = [truth(path.parent, name, suffix) for name in names]
                for runtime, error in compare(runtimes, images, expected).items():
                    worst[runtime] = max(worst.get(runtime, 0), error)
        return f"{count} of {limit}", worst

    def checkpoint(self, path, logits, form, opset):
        target, second = self.work / "network.onnx", self.work / "second.onnx"
        convert(self.options.tool, path, target, "--form", form, "--opset", opset)
        convert(self.options.tool, path, second, "--form", form, "--opset", opset)
        if target.read_bytes() != second.read_bytes():
            raise Fault("converting twice gives different files")
        version = load(target).opset_import[0].version
        if version != opset:
            raise Fault(f"the file says opset {version}")
        return str(convolution_count(target)), compare(
            Runtimes(target), np.load(path.parent / "input.npy"), [np.load(logits)])

    def run(self):
        self.headline("exported graphs, merged")
        for path in sorted((FIXTURES / "universe").glob("*/*.onnx")):
            name = f"{path.parent.name}/{path.name}".removesuffix(".onnx")
            self.row(name, lambda: self.graph(path))
        print()
        self.headline("checkpoints, form, opset")
        folders = [
            folder for pattern in ("tiny*", "timm-*", "repopt-*")
            for folder in sorted(FIXTURES.glob(pattern)) if (folder / "logits_train.npy").exists()]
        for folder in folders:
            path, logits = folder / "train.pth", folder / "logits_train.npy"
            for form in FORMS:
                for opset in OPSETS:
                    self.row(
                        f"{folder.name}/train.pth {form} {opset}",
                        lambda: self.checkpoint(path, logits, form, opset))
            for other in ("train.safetensors", "deploy.pth"):
                path, logits = folder / other, folder / f"logits_{other.split('.')[0]}.npy"
                if path.exists():
                    self.row(
                        f"{folder.name}/{other} plain 17",
                        lambda: self.checkpoint(path, logits, "plain", 17))
        print()
        for remark in self.remarks:
            print(remark)


def main():
    parser = argparse.ArgumentParser(prog="scripts/check-onnx", description=__doc__)
    parser.add_argument("--tool", required=True, help="the repvgg to check; nothing is built then")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name has this text")
    options = parser.parse_args()
    onnxruntime.disable_telemetry_events()
    with tempfile.TemporaryDirectory() as work:
        check = Check(options, work)
        check.run()
    if check.row_count == 0:
        print(f"nothing has '{options.only}' in its name", file=sys.stderr)
        sys.exit(64)
    print(f"{check.row_count} checked, {len(check.faults)} wrong")
    sys.exit(2 if check.faults else 0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
