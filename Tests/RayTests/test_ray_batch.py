"""examples/ray_batch.py on a local cluster of two nodes; scripts/test-ray runs it."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import ray
import ray_batch
from PIL import Image
from ray.cluster_utils import Cluster

ROOT = pathlib.Path(__file__).parents[2]
WEIGHTS = ROOT / "Tests/Fixtures/tiny/train.pth"
TOOL = os.environ["REPVGG_TOOL"]
COUNT = 150
LOG = "RAY_BATCH_TEST_LOG"


class Recorded(ray_batch.Classifier):
    """Leaves a line when it begins and when it ends a batch, and is slow enough to be met at it."""

    def __call__(self, rows):
        self.note("began", rows)
        time.sleep(0.3)
        result = super().__call__(rows)
        self.note("ended", rows)
        return result

    def note(self, event, rows):
        line = json.dumps({"event": event, "indices": [int(index) for index in rows["index"]]})
        with open(pathlib.Path(os.environ[LOG]) / str(os.getpid()), "a") as file:
            file.write(line + "\n")


def records(log):
    """What each worker has noted, by its process."""
    return {int(file.name): [json.loads(line) for line in file.read_text().splitlines()]
            for file in log.iterdir()}


class Killer(threading.Thread):
    """Kills the first worker that is met in the middle of its third batch or a later one."""

    def __init__(self, log):
        super().__init__(daemon=True)
        self.log = log
        self.victim = None
        self.was_worker = False
        self.lost = []

    def run(self):
        deadline = time.monotonic() + 300
        while self.victim is None and time.monotonic() < deadline:
            time.sleep(0.01)
            noted = records(self.log)
            if len(noted) < 2:
                continue
            for process, lines in noted.items():
                if len(lines) >= 5 and lines[-1]["event"] == "began":
                    command = pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
                    os.kill(process, signal.SIGKILL)
                    self.victim, self.lost = process, lines[-1]["indices"]
                    self.was_worker = command.startswith(b"ray::")
                    return


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures of many sizes, modes and formats, and one that is none."""
    folder = tmp_path_factory.mktemp("photos")
    generator = np.random.default_rng(7)
    for index in range(COUNT):
        height, width = (int(side) for side in generator.integers(20, 260, 2))
        slopes = generator.uniform(-2, 2, (2, 3))
        y, x = np.mgrid[:height, :width]
        levels = (generator.uniform(0, 255, 3) + y[..., None] * slopes[0] + x[..., None] * slopes[1]
                  + generator.uniform(-20, 20, (height, width, 3)))
        image = Image.fromarray(levels.clip(0, 255).astype(np.uint8))
        mode, suffix = [("RGB", "jpg"), ("RGB", "png"), ("RGB", "ppm"), ("RGB", "webp"),
                        ("L", "jpg"), ("P", "png"), ("RGBA", "png"), ("CMYK", "jpg")][index % 8]
        place = folder / f"part {index % 3}"
        place.mkdir(exist_ok=True)
        image.convert(mode).save(place / f"{index:03}.{suffix}")
    (folder / "part 1" / "broken.jpg").write_bytes(b"no image")
    (folder / "note.txt").write_text("no image either")
    return folder


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    # Before the cluster starts: the workers inherit it.
    os.environ[LOG] = str(folder)
    return folder


@pytest.fixture(scope="module")
def cluster(log):
    # Two nodes with room for one worker each.
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def expected(folder):
    """What the tool says, image by image."""
    run = subprocess.run(
        [TOOL, "classify", folder, "--weights", WEIGHTS, "--preset", "timm",
         "--size", "48", "--top", "10", "--jsonl"],
        capture_output=True, text=True)
    assert run.returncode == 65, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert lines[0]["meta"]["preset"]["name"] == "timm"
    assert len(lines) == COUNT + 2
    return lines[1:]


def compare(output, expected):
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    # None lost, none twice, none in another's place.
    assert [line["index"] for line in lines] == list(range(COUNT + 1))
    assert [line["path"] for line in lines] == [line["path"] for line in expected]
    for line, known in zip(lines, expected):
        assert ("error" in line) == ("error" in known), line
        if "error" in line:
            assert line["path"].endswith("broken.jpg")
            continue
        assert line["top"][0]["class"] == known["top"][0]["class"]
        shares = {entry["class"]: entry["probability"] for entry in line["top"]}
        for entry in known["top"]:
            assert abs(shares[entry["class"]] - entry["probability"]) < 1e-5
    # A comparison that could not fail would be worth nothing.
    assert len({line["top"][0]["class"] for line in lines if "top" in line}) > 1
    assert len({line["top"][0]["probability"] for line in lines if "top" in line}) > COUNT / 2


def test_a_killed_worker_loses_and_doubles_nothing(cluster, log, folder, expected, tmp_path):
    killer = Killer(log)
    killer.start()
    output = tmp_path / "out.jsonl"
    code = ray_batch.main(
        [str(folder), "--weights", str(WEIGHTS), "--output", str(output), "--workers", "2",
         "--batch", "4", "--size", "48", "--top", "10"], classifier=Recorded)
    killer.join()
    assert code == 65
    assert killer.victim is not None and killer.was_worker
    assert not pathlib.Path(f"/proc/{killer.victim}").exists()
    noted = records(log)
    assert noted[killer.victim][-1] == {"event": "began", "indices": killer.lost}
    # Somebody else has done what the dead worker was at.
    others = [line for process, lines in noted.items() if process != killer.victim
              for line in lines]
    assert {"event": "ended", "indices": killer.lost} in others
    compare(output, expected)


def test_the_script_starts_a_cluster_of_its_own(folder, expected, tmp_path):
    output = tmp_path / "out.jsonl"
    command = [sys.executable, ROOT / "examples/ray_batch.py", folder, "--weights", WEIGHTS,
               "--output", output, "--workers", "2", "--size", "48", "--top", "10"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 65, run.stderr
    assert f"{COUNT + 1} images, 1 could not be read" in run.stderr
    compare(output, expected)


def test_a_folder_without_images_is_an_error(tmp_path):
    assert ray_batch.main([str(tmp_path), "--weights", str(WEIGHTS), "--output",
                           str(tmp_path / "out")]) == 66
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["timm", "author"])
@pytest.mark.parametrize("size", [48, 49])
def test_preprocessing_is_torchvisions(name, size):
    """Small and odd sizes, where rounding and padding show: torchvision's published formulas."""
    preset = ray_batch.Preset.named(name, size, "RepVGG-A0")
    generator = np.random.default_rng(3)
    for width, height in [(1, 1), (7, 90), (91, 60), (60, 91), (48, 48), (333, 57)]:
        image = Image.fromarray(generator.integers(0, 256, (height, width, 3), np.uint8))
        pixels = preset.pixels(image)
        assert pixels.shape == (size, size, 3)
        short = preset.short_side
        long = short * max(width, height) // min(width, height)
        new = (short, long) if width <= height else (long, short)
        resized = image.resize((new[0], height), Image.Resampling.BILINEAR).resize(
            new, Image.Resampling.BILINEAR)
        left, top = (int(round((side - size) / 2.0)) for side in resized.size)
        assert np.array_equal(pixels, np.asarray(resized)[top:top + size, left:left + size])
        values = np.empty((3, size, size), np.float32)
        preset.normalise(pixels, values)
        exact = (pixels / 255.0 - preset.mean) / preset.std
        assert np.abs(values - exact.transpose(2, 0, 1)).max() < 1e-6
