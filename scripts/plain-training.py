"""Trains a deep network on the digits in PyTorch as `repvgg train` does, and prints what it comes to.

usage: python scripts/plain-training.py FORM BATCH EPOCHS [SEED ...]

FORM is plain or branched; the network is custom-1x16-2x16-4x32-8x64-1x256, 16 convolutions and a
linear layer. SGD with Nesterov momentum 0.9, learning rate 0.05 on a cosine, weight decay 1e-4 of
convolutions and the linear layer, PyTorch's default start. Beside it:

    repvgg train --form FORM --model custom-1x16-2x16-4x32-8x64-1x256 --batch BATCH \
      --epochs EPOCHS --seed SEED --output FOLDER
"""

import math
import pathlib
import sys

import numpy
import torch
from torch import nn

STAGES = [(1, 16), (2, 16), (4, 32), (8, 64), (1, 256)]
DATA = pathlib.Path(__file__).parent.parent / "Sources" / "CDigits" / "data"


def images(name):
    pixels = numpy.frombuffer((DATA / name).read_bytes()[16:], numpy.uint8)
    small = torch.tensor(pixels.reshape(-1, 1, 8, 8).astype(numpy.float32)) / 120 - 1
    large = small.repeat_interleave(4, 2).repeat_interleave(4, 3)
    return large.expand(-1, 3, -1, -1).contiguous()


def labels(name):
    values = numpy.frombuffer((DATA / name).read_bytes()[8:], numpy.uint8)
    return torch.tensor(values.astype(numpy.int64))


class Block(nn.Module):
    def __init__(self, form, inputs, outputs, stride):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.pointwise = self.identity = None
        if form == "branched":
            self.pointwise = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
            if inputs == outputs and stride == 1:
                self.identity = nn.BatchNorm2d(inputs)

    def forward(self, x):
        y = self.norm(self.conv(x))
        if self.pointwise is not None:
            y = y + self.pointwise(x)
        if self.identity is not None:
            y = y + self.identity(x)
        return torch.relu(y)


def network(form):
    layers, width = [], 3
    for count, channels in STAGES:
        for index in range(count):
            layers.append(Block(form, width, channels, 2 if index == 0 else 1))
            width = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def train(form, batch, epochs, seed):
    torch.manual_seed(seed)
    model = network(form)
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(
        [
            {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": 1e-4},
            {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0},
        ],
        lr=0.05,
        momentum=0.9,
        nesterov=True,
    )
    x, y = images("train-images-idx3-ubyte"), labels("train-labels-idx1-ubyte")
    steps = len(x) // batch
    for epoch in range(epochs):
        model.train()
        order, correct = torch.randperm(len(x)), 0
        for index in range(steps):
            step = epoch * steps + index
            for group in optimizer.param_groups:
                angle = math.pi * max(0, step - 1) / (steps * epochs)
                group["lr"] = 0.025 * (1 + math.cos(angle))
            chosen = order[index * batch : (index + 1) * batch]
            optimizer.zero_grad()
            logits = model(x[chosen])
            nn.functional.cross_entropy(logits, y[chosen]).backward()
            optimizer.step()
            correct += int((logits.argmax(1) == y[chosen]).sum())
    model.eval()
    test_x, test_y = images("t10k-images-idx3-ubyte"), labels("t10k-labels-idx1-ubyte")
    with torch.no_grad():
        test = float((model(test_x).argmax(1) == test_y).float().mean())
    print(
        f"{form}, batch {batch}, {steps * epochs} steps, seed {seed}: training"
        f" {100 * correct / (steps * batch):.1f} %, test {100 * test:.1f} %",
        flush=True,
    )


if len(sys.argv) < 4 or sys.argv[1] not in ("plain", "branched"):
    sys.exit(__doc__)
torch.set_num_threads(1)
for number in sys.argv[4:] or ["1"]:
    train(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(number))
