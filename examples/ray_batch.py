"""Classifies a folder of images on a Ray cluster, in the format of `repvgg classify --jsonl`.

    pip install repvgg-*.whl 'ray[data]' pillow         # on every node; scripts/build-wheel
    python ray_batch.py photos/ --weights a0.pth --output classes.jsonl --workers 8

Each worker is an actor that holds one model and one session and decodes its own images: decoding in
tasks of their own would wait for CPUs that the actors keep. Weights and images must have the same
path on every node. A worker that dies is replaced and its images are done again; lines are written
by the driver alone, in the order of the input, so none is lost and none comes twice.

The exit code is 0, or 65 where an image could not be read, which has "error" in its line.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import sys
import tempfile
from typing import Any, Dict, Iterator, List, Optional, Tuple, Type

import numpy as np
import ray
import repvgg
from PIL import Image

EXTENSIONS = {".jpg", ".jpeg", ".png", ".webp", ".ppm", ".pgm"}
# Batches of a task: what a dying worker loses, against the cost of scheduling a task.
BATCHES_PER_TASK = 4


@dataclasses.dataclass(frozen=True)
class Preset:
    """Short side, centre crop and normalisation: those of `repvgg classify`, to the bit."""

    name: str = "timm"
    short_side: int = 256
    crop: int = 224
    mean: Tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: Tuple[float, float, float] = (0.229, 0.224, 0.225)

    @staticmethod
    def named(name: str, size: Optional[int], architecture: str) -> "Preset":
        """timm resizes to size / 0.875, for D2se to the size itself; the authors always do."""
        is_d2se = architecture.lower().endswith("d2se")
        size = size or (320 if is_d2se else 224)
        whole = name == "author" or is_d2se
        return Preset(name, size if whole else int(size / 0.875), size)

    def pixels(self, image: Image.Image) -> np.ndarray:
        """The centre of the resized image, [crop, crop, 3] bytes."""
        width, height = image.size
        short = min(width, height)
        # torchvision's Resize truncates the long side.
        new = [self.short_side if side == short else self.short_side * side // short
               for side in (width, height)]
        # Columns, then rows: in one call, Pillow 13 does high images in the other order.
        image = image.convert("RGB").resize((new[0], height), Image.Resampling.BILINEAR)
        image = image.resize((new[0], new[1]), Image.Resampling.BILINEAR)
        # round() is to even, as in CenterCrop; the short side is never below the crop.
        left, top = (int(round((side - self.crop) / 2)) for side in image.size)
        return np.asarray(image.crop((left, top, left + self.crop, top + self.crop)))

    def normalise(self, pixels: np.ndarray, out: np.ndarray) -> None:
        """Writes [3, crop, crop] floats, rounded in Float32 after each step as tensors are."""
        levels = np.arange(256, dtype=np.float32) / np.float32(255)
        for channel in range(3):
            table = (levels - np.float32(self.mean[channel])) / np.float32(self.std[channel])
            out[channel] = table[pixels[:, :, channel]]


class Classifier:
    """What a worker holds: a model, its session, and the batch that the session reads."""

    def __init__(self, weights: str, preset: str, size: Optional[int], batch: int, threads: int,
                 top: int) -> None:
        self.model = repvgg.load(weights, threads=threads)
        self.preset = Preset.named(preset, size, self.model.architecture)
        crop = self.preset.crop
        self.images = np.zeros((batch, 3, crop, crop), np.float32)
        self.top = min(top, self.model.classes)

    def __call__(self, rows: Dict[str, np.ndarray]) -> Dict[str, Any]:
        errors: List[Optional[str]] = []
        for slot, path in enumerate(rows["path"]):
            errors.append(None)
            try:
                with Image.open(path) as image:
                    self.preset.normalise(self.preset.pixels(image), self.images[slot])
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
                errors[slot] = str(error)
        # Always the whole batch: one shape, one session. Slots without an image hold another one.
        logits = self.model(self.images)[:len(errors)].astype(np.float64)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = exponentials / exponentials.sum(axis=1, keepdims=True)
        # Of equal ones the lower index comes first.
        order = np.argsort(-logits, axis=1, kind="stable")[:, :self.top]
        lines = []
        for slot, (index, path) in enumerate(zip(rows["index"], rows["path"])):
            line: Dict[str, Any] = {"index": int(index), "path": str(path)}
            if errors[slot] is None:
                line["top"] = [{"class": int(c), "label": str(c), "probability": shares[slot, c]}
                               for c in order[slot]]
            else:
                line["error"] = errors[slot]
            lines.append(json.dumps(line, ensure_ascii=False))
        return {"index": rows["index"], "line": lines}


def listed(folder: str) -> List[str]:
    """The images of a folder at any depth, sorted by the bytes of their paths, as the tool does."""
    paths = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [os.path.join(root, name) for name in names if not name.startswith(".")
                  and pathlib.Path(name).suffix.lower() in EXTENSIONS]
    return sorted(paths, key=os.fsencode)


def classified(paths: List[str], *, workers: int, batch: int = 8, threads: int = 1,
               classifier: Type[Classifier] = Classifier, **options: Any) -> Iterator[str]:
    """The line of every image, in order, as the workers get them done."""
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    blocks = -(-len(paths) // (batch * BATCHES_PER_TASK))
    rows = [{"index": index, "path": path} for index, path in enumerate(paths)]
    dataset = ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
        classifier, batch_size=batch, num_cpus=threads,
        compute=ray.data.ActorPoolStrategy(size=min(workers, blocks)),
        fn_constructor_kwargs={"batch": batch, "threads": threads, **options})
    done = 0
    for block in dataset.iter_batches(batch_size=None, batch_format="numpy"):
        for index, line in zip(block["index"], block["line"]):
            if index != done:
                raise RuntimeError(f"image {index} came where {done} was expected")
            done += 1
            yield str(line)
    if done != len(paths):
        raise RuntimeError(f"only {done} of {len(paths)} images came back")


def main(arguments: Optional[List[str]] = None, classifier: Type[Classifier] = Classifier) -> int:
    parser = argparse.ArgumentParser(description="Classify a folder of images on a Ray cluster.")
    parser.add_argument("folder")
    parser.add_argument("--weights", required=True, help="the checkpoint")
    parser.add_argument("--output", required=True, help="the file of JSON lines to write")
    parser.add_argument("--address", help="the cluster; a local one is started unless given")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--threads", type=int, default=1, help="of each worker")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--preset", choices=["timm", "author"], default="timm")
    parser.add_argument("--size", type=int, help="input size, if not the preset's")
    parser.add_argument("--top", type=int, default=5)
    chosen = parser.parse_args(arguments)
    paths = [os.path.abspath(path) for path in listed(chosen.folder)]
    if not paths:
        print(f"ray_batch: {chosen.folder}: has no images", file=sys.stderr)
        return 66
    if not ray.is_initialized():
        ray.init(address=chosen.address or "local",
                 num_cpus=None if chosen.address else chosen.workers * chosen.threads)
    failed = 0
    output = pathlib.Path(chosen.output)
    # Complete or not at all.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=output.resolve().parent,
                                     delete=False) as file:
        try:
            for line in classified(
                    paths, workers=chosen.workers, batch=chosen.batch, threads=chosen.threads,
                    classifier=classifier, weights=os.path.abspath(chosen.weights),
                    preset=chosen.preset, size=chosen.size, top=chosen.top):
                failed += "error" in json.loads(line)
                file.write(line + "\n")
            file.flush()
            os.replace(file.name, output)
        except BaseException:
            os.unlink(file.name)
            raise
    print(f"ray_batch: {len(paths)} images, {failed} could not be read", file=sys.stderr)
    return 65 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
