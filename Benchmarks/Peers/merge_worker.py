"""One runtime with one network in both forms: compares the outputs, then times A B B A.

Reads its task as JSON from the command line and prints what it found as JSON.
"""

import json
import sys
import time

import numpy as np

import runtimes


def visit(run, images, seconds, count):
    """Nanoseconds of every run, for that long and at least so often."""
    samples, start = [], time.perf_counter_ns()
    while len(samples) < count or time.perf_counter_ns() - start < seconds * 1e9:
        turn = time.perf_counter_ns()
        run(images)
        samples.append(time.perf_counter_ns() - turn)
    return samples


def main():
    task = json.loads(sys.argv[1])
    images = np.load(task["images"])
    forms = {
        form: runtimes.PEERS[task["peer"]]({"onnx": file}, task["threads"])
        for form, file in task["files"].items()}
    trained, merged = (np.array(run(images), np.float64) for run in forms.values())
    for run in forms.values():
        visit(run, images, min(0.5, task["min_time"] / 2), 3)
    samples = {form: [] for form in forms}
    for _ in range(task["rounds"]):
        for form in [*forms, *reversed(forms)]:
            samples[form] += visit(forms[form], images, task["min_time"], 3)
    print(json.dumps({
        "difference": float(np.abs(trained - merged).max() / np.abs(trained).max()),
        "samples_ns": samples}))


if __name__ == "__main__":
    main()
