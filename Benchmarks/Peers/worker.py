"""One visit of one peer in a process of its own: loads, warms up, takes samples.

Reads its task as JSON from the command line and prints what it found as JSON. Nothing but NumPy
and the runtime is imported, so that the process's peak memory is theirs.
"""

import json
import sys
import time

import numpy as np

import runtimes


def peak_resident_bytes():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def main():
    task = json.loads(sys.argv[1])
    images = np.load(task["images"])
    before = peak_resident_bytes()
    run = runtimes.PEERS[task["peer"]](task["files"], task["threads"])
    # Three runs at least: runtimes settle on kernels and memory in the first ones.
    start = time.perf_counter_ns()
    logits = run(images)
    count = 1
    while count < 3 or time.perf_counter_ns() - start < task["warm_up"] * 1e9:
        logits = run(images)
        count += 1
    if task["logits"]:
        np.save(task["logits"], np.array(logits, dtype=np.float32))
    samples, start = [], time.perf_counter_ns()
    while len(samples) < task["samples"] or time.perf_counter_ns() - start < task["min_time"] * 1e9:
        turn = time.perf_counter_ns()
        run(images)
        samples.append(time.perf_counter_ns() - turn)
    print(json.dumps({
        "samples_ns": samples, "peak_rss_bytes": peak_resident_bytes(),
        "empty_rss_bytes": before}))


if __name__ == "__main__":
    main()
