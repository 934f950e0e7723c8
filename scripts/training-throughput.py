"""Training steps of the engine and of PyTorch in turn; scripts/compare-training-throughput runs it.

A step is forward pass, backward pass and SGD with Nesterov momentum and decay, on random images that
lie there already. Both programs run in processes of their own, in the order A B B A, so that a drift
of the machine meets both. PyTorch is given its better memory format and its fused optimizer.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

# Name, blocks of the stages behind the first block, channels, classes, batch, size.
NETWORKS = [
    ("digits", [1, 2, 2, 1], [16, 16, 32, 48, 64], 10, 64, 32),
    ("A0", [2, 4, 14, 1], [48, 48, 96, 192, 1280], 1000, 16, 64),
]


def network(torch, blocks, channels, classes):
    """RepVGG with its branches, in training mode."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()

            def branch(kernel):
                convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
                return nn.Sequential(convolution, nn.BatchNorm2d(outputs))

            self.large, self.small = branch(3), branch(1)
            has_identity = stride == 1 and inputs == outputs
            self.identity = nn.BatchNorm2d(inputs) if has_identity else None

        def forward(self, x):
            y = self.large(x) + self.small(x)
            return torch.relu(y if self.identity is None else y + self.identity(x))

    layers, inputs = [], 3
    for count, outputs in zip([1] + blocks, channels):
        for index in range(count):
            layers.append(Block(inputs, outputs, 2 if index == 0 else 1))
            inputs = outputs
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes)]
    return nn.Sequential(*layers).train()


def time_steps(arguments):
    """Prints the median nanoseconds of a step in PyTorch, by memory format."""
    import torch

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    _, blocks, channels, classes, batch, size = next(n for n in NETWORKS if n[0] == arguments.time)
    labels = torch.arange(batch) % classes
    steps = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        model = network(torch, blocks, channels, classes).to(memory_format=layout)
        images = torch.rand(batch, 3, size, size).mul(2).sub(1).contiguous(memory_format=layout)
        optimizer = torch.optim.SGD(
            model.parameters(), lr=1e-4, momentum=0.9, nesterov=True, weight_decay=1e-4, fused=True)

        def step(model=model, images=images, optimizer=optimizer):
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()

        steps[str(layout).split(".")[-1]] = step
    times = {name: [] for name in steps}
    start = time.monotonic()
    while time.monotonic() - start < arguments.seconds:
        for name, step in steps.items():
            before = time.monotonic_ns()
            step()
            times[name].append(time.monotonic_ns() - before)
    # The first third warms up.
    print(json.dumps({
        "version": torch.__version__,
        "medians": {name: statistics.median(all[len(all) // 3:]) for name, all in times.items()},
    }))


def run(arguments, words):
    prefix = ["chrt", "-f", "10"] if arguments.realtime else []
    return json.loads(subprocess.run(prefix + words, check=True, stdout=subprocess.PIPE).stdout)


def engine(arguments, name, batch, size):
    words = [
        arguments.bench, "training", "--model", name, "--batch", str(batch), "--size", str(size),
        "--threads", str(arguments.threads), "--min-time", str(arguments.seconds), "--quiet",
        "--format", "json",
    ]
    return run(arguments, words)["rows"][0]["branched"]["step_ns"]


def pytorch(arguments, name):
    words = [
        sys.executable, __file__, "--time", name, "--threads", str(arguments.threads), "--seconds",
        str(arguments.seconds),
    ]
    return run(arguments, words)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", help="the engine's repvgg-bench")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of engine, PyTorch twice, engine")
    parser.add_argument("--seconds", type=float, default=4, help="seconds of every measurement")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--realtime", action="store_true", help="with chrt -f 10, where allowed")
    parser.add_argument("--time", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.time:
        return time_steps(arguments)
    print("| network | batch | size | engine ms | PyTorch ms | PyTorch / engine | range |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    version = ""
    for name, _, _, _, batch, size in NETWORKS:
        ours, theirs = [], []
        for _ in range(arguments.rounds):
            ours.append(engine(arguments, name, batch, size))
            for _ in range(2):
                result = pytorch(arguments, name)
                version = result["version"]
                theirs.append(min(result["medians"].values()))
            ours.append(engine(arguments, name, batch, size))
        # Neighbours in time, of which there are two in a round.
        ratios = [b / a for a, b in zip(ours, theirs)]
        print(
            f"| {name} | {batch} | {size} | {statistics.median(ours) / 1e6:.2f}"
            f" | {statistics.median(theirs) / 1e6:.2f} | {statistics.median(ratios):.2f}"
            f" | {min(ratios):.2f}–{max(ratios):.2f} |", flush=True)
    print(f"\nPyTorch {version}, {arguments.threads} threads each, branched networks, medians.")


if __name__ == "__main__":
    main()
