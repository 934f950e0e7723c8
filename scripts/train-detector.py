#!/usr/bin/env python3
"""Trains examples/detector: a small YOLOv6-like detector of handwritten digits, in PyTorch.

RepVGG blocks in backbone and neck, an anchor-free decoupled head at strides 8 and 16, boxes decoded
in the graph, targets assigned by task alignment (as in TOOD and YOLOv6). The ONNX file has the
branches as trained. Prints the accuracy on held-out scenes, of digits that no training scene has,
computed by ONNX Runtime and detection_reference.py.

    nice -n 15 scripts/train-detector PYTHON [--steps N] [--output DIR]
"""

import argparse
import copy
import json
import math
import pathlib
import time

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn import functional as F

import detection_reference as reference
import digit_scenes

SIZE = 96
CLASSES = 10
STRIDES = (8, 16)


# MARK: - Network


def conv_bn(inputs, outputs, kernel, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs))


class RepVGGBlock(nn.Module):
    """3x3, 1x1 and, where shapes allow, identity, each with batch norm, then ReLU."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.dense = conv_bn(inputs, outputs, 3, stride)
        self.pointwise = conv_bn(inputs, outputs, 1, stride)
        self.identity = nn.BatchNorm2d(inputs) if inputs == outputs and stride == 1 else None

    def forward(self, x):
        sum = self.dense(x) + self.pointwise(x)
        return F.relu(sum if self.identity is None else sum + self.identity(x))


class ConvSiLU(nn.Module):
    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.conv = conv_bn(inputs, outputs, kernel)

    def forward(self, x):
        return F.silu(self.conv(x))


class Head(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.stem = ConvSiLU(inputs, width, 1)
        self.class_conv = ConvSiLU(width, width, 3)
        self.box_conv = ConvSiLU(width, width, 3)
        self.classes = nn.Conv2d(width, CLASSES, 1)
        self.box = nn.Conv2d(width, 4, 1)
        nn.init.constant_(self.classes.bias, -math.log((1 - 0.02) / 0.02))
        nn.init.zeros_(self.classes.weight)
        nn.init.ones_(self.box.bias)
        nn.init.zeros_(self.box.weight)

    def forward(self, x):
        x = self.stem(x)
        return self.classes(self.class_conv(x)), self.box(self.box_conv(x))


class Detector(nn.Module):
    """[batch, 3, 96, 96] to [batch, 180, 15]: centre, size, objectness 1, class scores."""

    def __init__(self):
        super().__init__()
        self.stage0 = RepVGGBlock(3, 16, 2)
        self.stage1 = nn.Sequential(RepVGGBlock(16, 24, 2), RepVGGBlock(24, 24))
        self.stage2 = nn.Sequential(RepVGGBlock(24, 40, 2), RepVGGBlock(40, 40))
        self.stage3 = nn.Sequential(RepVGGBlock(40, 64, 2), RepVGGBlock(64, 64))
        self.reduce = ConvSiLU(64, 32, 1)
        self.upsample = nn.ConvTranspose2d(32, 32, 2, 2)
        self.merge8 = RepVGGBlock(72, 40)
        self.downsample = RepVGGBlock(40, 32, 2)
        self.merge16 = RepVGGBlock(64, 48)
        self.heads = nn.ModuleList([Head(40, 32), Head(48, 32)])
        points, strides = [], []
        for stride in STRIDES:
            side = SIZE // stride
            y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
            points.append(torch.stack([x, y], -1).reshape(-1, 2) + 0.5)
            strides.append(torch.full((side * side, 1), float(stride)))
        self.register_buffer("points", torch.cat(points), persistent=False)
        self.register_buffer("strides", torch.cat(strides), persistent=False)

    def raw(self, x):
        """Class logits [batch, anchors, 10] and distances to the edges in strides."""
        x = self.stage2(self.stage1(self.stage0(x)))
        deep = self.reduce(self.stage3(x))
        x = self.merge8(torch.cat([self.upsample(deep), x], 1))
        maps = [x, self.merge16(torch.cat([self.downsample(x), deep], 1))]
        logits, distances = [], []
        for head, stride, value in zip(self.heads, STRIDES, maps):
            cells = (SIZE // stride) ** 2
            classes, box = head(value)
            logits.append(classes.reshape(-1, CLASSES, cells))
            distances.append(box.reshape(-1, 4, cells))
        return torch.cat(logits, 2).permute(0, 2, 1), torch.cat(distances, 2).permute(0, 2, 1)

    def corners(self, distances):
        low, high = distances.split(2, -1)
        return torch.cat([self.points - low, self.points + high], -1) * self.strides

    def forward(self, x):
        logits, distances = self.raw(x)
        low, high = self.corners(distances).split(2, -1)
        ones = torch.ones((x.shape[0], self.points.shape[0], 1), dtype=x.dtype)
        return torch.cat([(low + high) / 2, high - low, ones, logits.sigmoid()], -1)


# MARK: - Training


def pairwise_iou(a, b):
    """[batch, m, 4] and [batch, n, 4] to [batch, m, n]."""
    low = torch.maximum(a[:, :, None, :2], b[:, None, :, :2])
    high = torch.minimum(a[:, :, None, 2:], b[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area = lambda x: (x[..., 2:] - x[..., :2]).clamp(min=0).prod(-1)
    return shared / (area(a)[:, :, None] + area(b)[:, None, :] - shared + 1e-9)


@torch.no_grad()
def assign(scores, boxes, centres, labels, targets, valid, top=8):
    """The target of every anchor, -1 for none, and how good each anchor should be."""
    iou = pairwise_iou(targets, boxes)
    index = labels.clamp(min=0)[:, :, None].expand(-1, -1, scores.shape[1])
    class_score = scores.transpose(1, 2).gather(1, index)
    inside = ((centres - targets[:, :, None, :2]).amin(-1) > 0) & (
        (targets[:, :, None, 2:] - centres).amin(-1) > 0) & valid[:, :, None]
    alignment = class_score * iou.pow(6) * inside
    threshold = alignment.topk(top, -1).values[..., -1:]
    positive = inside & (alignment >= threshold) & (alignment > 1e-9)
    best_iou, owner = torch.where(positive, iou, torch.full_like(iou, -1)).max(1)
    has_target = best_iou >= 0
    owned = F.one_hot(owner, targets.shape[1]).transpose(1, 2).bool() & positive
    alignment = alignment * owned
    quality = alignment / (alignment.amax(-1, keepdim=True) + 1e-9) * (iou * owned).amax(
        -1, keepdim=True)
    return torch.where(has_target, owner, torch.full_like(owner, -1)), quality.sum(1)


def loss(network, images, labels, targets, valid):
    logits, distances = network.raw(images)
    boxes = network.corners(distances)
    centres = network.points * network.strides
    owner, quality = assign(logits.sigmoid(), boxes, centres, labels, targets, valid)
    positive = owner >= 0
    wanted = torch.zeros_like(logits)
    batch, anchor = positive.nonzero(as_tuple=True)
    chosen = owner[batch, anchor]
    wanted[batch, anchor, labels[batch, chosen]] = quality[batch, anchor]
    probability = logits.sigmoid().detach()
    # Varifocal: easy background counts little.
    weight = torch.where(wanted > 0, wanted, 0.75 * probability.pow(2))
    total = wanted.sum().clamp(min=1)
    class_loss = (F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
                  * weight).sum() / total
    a, b = boxes[batch, anchor], targets[batch, chosen]
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    union = ((a[:, 2:] - a[:, :2]).clamp(min=0).prod(-1) + (b[:, 2:] - b[:, :2]).prod(-1)
             - shared + 1e-9)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(-1) + 1e-9
    giou = shared / union - (hull - union) / hull
    box_loss = ((1 - giou) * quality[batch, anchor]).sum() / total
    # Before boxes overlap at all, alignment gives no positives: centres learn from distances.
    inside = ((centres - targets[:, :, None, :2]).amin(-1) > 0) & (
        (targets[:, :, None, 2:] - centres).amin(-1) > 0) & valid[:, :, None]
    i, j, k = inside.nonzero(as_tuple=True)
    goal = torch.cat([centres[k] - targets[i, j, :2], targets[i, j, 2:] - centres[k]], -1)
    distance_loss = F.smooth_l1_loss(distances[i, k], goal / network.strides[k], beta=0.5)
    return class_loss + 2.5 * box_loss + 0.25 * distance_loss


def make_scenes(seed, count, part):
    """Letterboxed scenes and their boxes in pixels of the input."""
    random = np.random.default_rng(seed)
    images, labels = digit_scenes.digits(part)
    result = []
    for _ in range(count):
        width, height = (int(side) for side in random.integers(120, 361, 2))
        pixels, boxes = digit_scenes.scene(random, images, labels, width, height, SIZE)
        levels, geometry = reference.letterbox(pixels, SIZE)
        scale, _, _, left, top = geometry
        boxes[:, 1:] = boxes[:, 1:] * scale + (left, top, left, top)
        result.append((levels, boxes))
    return result


def batch_of(scenes, random):
    images = np.stack([levels for levels, _ in scenes]).astype(np.float32)
    # Other light, contrast and colours.
    images = (images - 128) * random.uniform(0.7, 1.2, (len(scenes), 1, 1, 3)) + 128
    images += random.uniform(-25, 25, (len(scenes), 1, 1, 3))
    images += random.normal(0, 1, images.shape) * random.uniform(0, 8, (len(scenes), 1, 1, 1))
    count = max(1, max(len(boxes) for _, boxes in scenes))
    labels = np.full((len(scenes), count), -1)
    targets = np.zeros((len(scenes), count, 4), np.float32)
    for index, (_, boxes) in enumerate(scenes):
        labels[index, :len(boxes)] = boxes[:, 0]
        targets[index, :len(boxes)] = boxes[:, 1:]
    images = torch.from_numpy(np.clip(images, 0, 255).astype(np.float32) / 255)
    labels = torch.from_numpy(labels)
    return images.permute(0, 3, 1, 2).contiguous(), labels, torch.from_numpy(targets), labels >= 0


def train(network, scenes, seed, steps, batch_size=32):
    random = np.random.default_rng(seed)
    decayed = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}], lr=3e-3)
    average = copy.deepcopy(network)
    start = time.monotonic()
    order = []
    for step in range(steps):
        rate = min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * rate
        if len(order) < batch_size:
            order = list(random.permutation(len(scenes)))
        chosen, order = order[:batch_size], order[batch_size:]
        value = loss(network, *batch_of([scenes[i] for i in chosen], random))
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10)
        optimizer.step()
        share = 1 - min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            for mean, own in zip(average.state_dict().values(), network.state_dict().values()):
                if mean.dtype.is_floating_point:
                    mean.lerp_(own, share)
                else:
                    mean.copy_(own)
        if step % 100 == 99:
            print(f"step {step + 1}: loss {value.item():.3f},"
                  f" {time.monotonic() - start:.0f} s", flush=True)
    return average.eval()


# MARK: - Accuracy and export


def average_precision(found, truths, threshold):
    """The area under the precision-recall curve of one class, interpolated at all points."""
    found = sorted(found, key=lambda entry: -entry[0])
    total = sum(len(boxes) for boxes in truths)
    used = [[False] * len(boxes) for boxes in truths]
    hits = []
    for _, image, box in found:
        overlaps = [reference.overlap(box, truth) for truth in truths[image]]
        best = int(np.argmax(overlaps)) if overlaps else -1
        hit = best >= 0 and overlaps[best] >= threshold and not used[image][best]
        if hit:
            used[image][best] = True
        hits.append(hit)
    if total == 0:
        return float("nan")
    if not hits:
        return 0.0
    true = np.cumsum(hits)
    recall, precision = true / total, true / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(np.concatenate([[0], recall])) * precision))


def accuracy(path, scenes):
    session = onnxruntime.InferenceSession(str(path))
    geometry = (1.0, SIZE, SIZE, 0, 0)
    found = [[] for _ in range(CLASSES)]
    truths = [[[] for _ in scenes] for _ in range(CLASSES)]
    matched = wrong = missed = 0
    for image, (levels, boxes) in enumerate(scenes):
        output = session.run(None, {"images": reference.network_input(levels)})[0][0]
        boxes_found = reference.detect(output, geometry, SIZE, SIZE, 0.05)
        corners = [(c, s, (x, y, x + w, y + h)) for c, s, x, y, w, h in boxes_found]
        for label, score, box in corners:
            found[label].append((score, image, box))
        for label, *box in boxes:
            truths[int(label)][image].append(box)
        left = [(int(label), box) for label, *box in boxes]
        for label, score, box in corners:
            if score <= 0.4:
                continue
            match = next((entry for entry in left
                          if entry[0] == label and reference.overlap(box, entry[1]) >= 0.5), None)
            if match is None:
                wrong += 1
            else:
                left.remove(match)
                matched += 1
        missed += len(left)
    thresholds = np.arange(0.5, 0.96, 0.05)
    table = np.array([[average_precision(found[c], truths[c], t) for t in thresholds]
                      for c in range(CLASSES)])
    return {
        "scenes": len(scenes), "digits": matched + missed,
        "map50": round(float(table[:, 0].mean()), 4),
        "map50_95": round(float(table.mean()), 4),
        "precision": round(matched / max(1, matched + wrong), 4),
        "recall": round(matched / max(1, matched + missed), 4),
        "f1": round(2 * matched / max(1, 2 * matched + wrong + missed), 4),
    }


def export(network, path):
    torch.onnx.export(
        network, torch.zeros(1, 3, SIZE, SIZE), str(path), opset_version=13,
        input_names=["images"], output_names=["outputs"],
        dynamic_axes={"images": {0: "batch"}, "outputs": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, dynamo=False)
    model = onnx.load(str(path))
    for key, value in (
            ("names", str({index: str(index) for index in range(CLASSES)})),
            ("task", "detect"), ("stride", "16"), ("imgsz", str([SIZE, SIZE])),
            ("license", "digits: CC BY 4.0, see Sources/CDigits/data/LICENCE.md")):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--scenes", type=int, default=2500)
    parser.add_argument("--output", type=pathlib.Path,
                        default=digit_scenes.ROOT / "examples/detector")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    print(f"making {options.scenes} scenes", flush=True)
    scenes = make_scenes(options.seed, options.scenes, "train")
    network = Detector()
    print(f"{sum(p.numel() for p in network.parameters())} parameters", flush=True)
    network = train(network, scenes, options.seed, options.steps)
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "digits.onnx"
    export(network, path)
    held_out = make_scenes(options.seed + 1000, 500, "t10k")
    print(json.dumps({"bytes": path.stat().st_size, **accuracy(path, held_out)}))


if __name__ == "__main__":
    main()
