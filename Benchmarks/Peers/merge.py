"""Times ONNX Runtime and OpenVINO on networks as trained and as `repvgg convert` merges them."""

import argparse
import json
import statistics
import sys
from pathlib import Path

import numpy as np
import onnx

import networks
import onnx_model
from document import check_output, document, write
from graph import parameter_count
from table import Table

RUNTIMES = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}

# Largest difference of outputs, as a part of the largest: other roundings stay far below.
TOLERANCE = 1e-4

# Parameters before and after merging, where they are published or follow from the architecture.
PARAMETERS = {"MobileOne-S0": (5_293_272, 2_078_504), "RepVGG-A0": (9_108_968, 8_309_384)}


def repvgg_a0(path, options):
    """Branched as the checkpoint of the engine's own measurements."""
    checkpoint = path.with_suffix(".safetensors")
    check_output([
        Path(options.binaries) / "repvgg-bench", "write-seeded", "--model", "A0", "--form",
        "branched", "--seed", options.seed, "--force", checkpoint])
    shape = [1, 3, 224, 224]
    onnx_model.write(options.binaries, checkpoint, path, shape, "branched")
    return shape


MODELS = {
    "RepVGG-A0": repvgg_a0,
    "MobileOne-S0": lambda path, options: networks.mobileone_s0(path, options.seed),
    "YOLOv6-N": lambda path, options: networks.yolov6_n(path, options.seed),
}


class Comparison:
    """One network in both forms."""

    def __init__(self, options, name):
        work = Path(options.work)
        work.mkdir(parents=True, exist_ok=True)
        self.options, self.name = options, name
        self.files = {form: work / f"{name}-{form}.onnx" for form in ("trained", "merged")}
        self.images = work / f"{name}-images.npy"

    def prepare(self):
        shape = MODELS[self.name](self.files["trained"], self.options)
        check_output([
            Path(self.options.binaries) / "repvgg", "convert", self.files["trained"],
            self.files["merged"], "--force"])
        generator = np.random.default_rng(self.options.seed)
        np.save(self.images, generator.standard_normal(shape, dtype=np.float32))
        self.convolutions, self.parameters = [], []
        for file in self.files.values():
            model = onnx.load(file)
            self.convolutions.append(sum(node.op_type == "Conv" for node in model.graph.node))
            self.parameters.append(parameter_count(model))
        expected = PARAMETERS.get(self.name)
        if expected and tuple(self.parameters) != expected:
            raise SystemExit(f"{self.name} has {self.parameters} parameters, not {expected}")

    def measure(self, runtime, threads):
        task = {
            "peer": runtime, "images": str(self.images), "threads": threads,
            "files": {form: str(file) for form, file in self.files.items()},
            "min_time": self.options.min_time, "rounds": self.options.rounds,
        }
        worker = Path(__file__).with_name("merge_worker.py")
        found = json.loads(check_output([sys.executable, worker, json.dumps(task)]).splitlines()[-1])
        if not found["difference"] <= TOLERANCE:
            raise SystemExit(
                f"{self.name}: the merged form differs by {found['difference']:.1e} in {runtime}")
        medians = {form: statistics.median(list) / 1e6 for form, list in found["samples_ns"].items()}
        return {"median_ms": medians, "ratio": medians["trained"] / medians["merged"], **found}

    def row(self, threads):
        return {
            "model": self.name, "threads": threads, "convolutions": self.convolutions,
            "parameters": self.parameters,
            "runtimes": {runtime: self.measure(runtime, threads) for runtime in RUNTIMES},
        }


def cells(row):
    convolutions = " → ".join(map(str, row["convolutions"]))
    parameters = " → ".join(f"{count / 1e6:.2f} M" for count in row["parameters"])
    found = row["runtimes"].values()
    return [row["model"], convolutions, parameters, str(row["threads"])] + [
        cell for times in found for cell in (
            f"{times['median_ms']['trained']:.2f}", f"{times['median_ms']['merged']:.2f}",
            f"{times['ratio']:.2f}")
    ] + [f"{max(times['difference'] for times in found):.0e}"]


def names(text):
    unknown = [word for word in text.split(",") if word not in MODELS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no network is called '{unknown[0]}'")
    return text.split(",")


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/Peers/merge", description=__doc__)
    parser.add_argument(
        "--models", type=names, default=list(MODELS), help=",".join(MODELS) + ", all by default")
    parser.add_argument(
        "--threads", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2])
    parser.add_argument("--seed", type=int, default=1, help="of weights and images")
    parser.add_argument("--min-time", type=float, default=1.0, help="seconds of each visit")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of A B B A")
    parser.add_argument("--json", help="write everything, samples included, after every row")
    parser.add_argument(
        "--binaries", default=".build/release", help="folder of the tools; nothing is built then")
    parser.add_argument("--work", default=".build/peers", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = arguments()
    record = document("merge", RUNTIMES, options.binaries)
    versions = ", ".join(
        f"{title} {record['versions'][name]}" for name, title in RUNTIMES.items())
    print(
        f"{record['date']}, {record['cpu']}; {versions}; one image, Float32, random weights,"
        " median of interleaved runs\n", flush=True)
    titles = ["network", "Conv nodes", "parameters", "threads"]
    for title in RUNTIMES.values():
        titles += [f"{title}, trained ms", "merged ms", "ratio"]
    table = Table([*titles, "largest difference"], True)
    for name in options.models:
        comparison = Comparison(options, name)
        comparison.prepare()
        for threads in options.threads:
            record["rows"].append(comparison.row(threads))
            table.row(cells(record["rows"][-1]))
            if options.json:
                write(options.json, record)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
