"""Networks of realistic size as trained, with all their branches, at the size they are used at."""

import numpy as np

from graph import Graph


def mobileone(path, seed, name, batch, stem, widths, branches):
    """MobileOne: a depthwise and a pointwise block in turn, each of so many branches."""
    shape = [batch, 3, 224, 224]
    graph = Graph(name, shape, seed)
    source = graph.relu(graph.branches("input", stem, [3] * branches[0] + [1], stride=2))
    for count, channels in zip((2, 8, 10, 1), widths):
        for index in range(count):
            inputs = graph.channels[source]
            source = graph.relu(graph.branches(
                source, inputs, [3] * branches[1] + [1], stride=2 if index == 0 else 1,
                groups=inputs))
            source = graph.relu(graph.branches(source, channels, [1] * branches[1]))
    pooled = graph.node("Flatten", [graph.node("GlobalAveragePool", [source])])
    head = [graph.normal(0.03, 1000, graph.channels[source]), graph.normal(0.1, 1000)]
    graph.write(path, graph.node("Gemm", [pooled, *head], transB=1), [batch, 1000])
    return shape


def mobileone_s0(path, seed, batch=1):
    return mobileone(path, seed, "MobileOne-S0", batch, 48, (48, 128, 256, 1024), (1, 4))


def mobileone_s1(path, seed, batch=1):
    return mobileone(path, seed, "MobileOne-S1", batch, 64, (96, 192, 512, 1280), (1, 1))


class YOLOv6:
    """YOLOv6-N, version 3.0, with its decoding: 80 classes, no distribution of distances."""

    backbone = ((16, 0), (32, 2), (64, 4), (128, 6), (256, 2))
    neck_repeats = 4
    strides = (8, 16, 32)
    classes = 80

    def __init__(self, seed, batch=1, size=640):
        self.size, self.batch = size, batch
        self.shape = [batch, 3, size, size]
        self.graph = Graph("YOLOv6-N", self.shape, seed, epsilon=1e-3)

    def block(self, source, channels, stride=1):
        return self.graph.relu(self.graph.branches(source, channels, [3, 1], stride))

    def blocks(self, source, channels, count):
        for _ in range(count):
            source = self.block(source, channels)
        return source

    def convolution(self, source, channels, kernel, stride=1):
        graph = self.graph
        return graph.relu(graph.normalization(graph.convolution(source, channels, kernel, stride)))

    def smooth_convolution(self, source, kernel):
        graph = self.graph
        return graph.silu(
            graph.normalization(graph.convolution(source, graph.channels[source], kernel)))

    def pyramid_pooling(self, source):
        graph, channels = self.graph, self.graph.channels[source]
        half = channels // 2
        pooled = [self.convolution(source, half, 1)]
        pooled[0] = self.convolution(self.convolution(pooled[0], half, 3), half, 1)
        for _ in range(3):
            pooled.append(graph.node(
                "MaxPool", [pooled[-1]], kernel_shape=[5, 5], strides=[1, 1], pads=[2] * 4))
        merged = self.convolution(self.convolution(graph.concatenation(pooled), half, 1), half, 3)
        return self.convolution(
            graph.concatenation([self.convolution(source, half, 1), merged]), channels, 1)

    def fusion(self, coarse, middle, fine, channels):
        """Three levels at the middle one's size."""
        graph = self.graph
        weights = [
            graph.normal((1 / graph.channels[coarse]) ** 0.5, graph.channels[coarse], channels, 2, 2),
            graph.normal(0.1, channels)]
        upper = graph.node(
            "ConvTranspose", [coarse, *weights], channels, kernel_shape=[2, 2], strides=[2, 2])
        lower = self.convolution(self.convolution(fine, channels, 1), channels, 3, stride=2)
        levels = [upper, self.convolution(middle, channels, 1), lower]
        return self.convolution(graph.concatenation(levels), channels, 1)

    def levels(self):
        """What the head reads, finest first."""
        graph, source, stages = self.graph, "input", []
        for channels, repeats in self.backbone:
            source = self.blocks(self.block(source, channels, stride=2), channels, repeats)
            stages.append(source)
        coarse = self.convolution(self.pyramid_pooling(stages[4]), 64, 1)
        middle = self.fusion(coarse, stages[3], stages[2], 64)
        middle = self.convolution(self.blocks(middle, 64, self.neck_repeats), 32, 1)
        fine = self.fusion(middle, stages[2], stages[1], 32)
        outputs = [self.blocks(fine, 32, self.neck_repeats)]
        for lateral, channels in ((middle, 64), (coarse, 128)):
            below = self.convolution(outputs[-1], graph.channels[lateral], 3, stride=2)
            joined = graph.concatenation([below, lateral])
            outputs.append(self.blocks(joined, channels, self.neck_repeats))
        return outputs

    def predictions(self):
        """Distances `[1, 4, places]` and scores `[1, classes, places]` of all levels."""
        graph, distances, scores = self.graph, [], []
        for level in self.levels():
            stem = self.smooth_convolution(level, 1)
            for lists, channels in ((scores, self.classes), (distances, 4)):
                features = self.smooth_convolution(stem, 3)
                raw = graph.convolution(features, channels, 1, has_bias=True)
                if lists is scores:
                    raw = graph.node("Sigmoid", [raw])
                lists.append(graph.reshape(raw, self.batch, channels, -1))
        return (graph.node("Concat", lists, axis=2) for lists in (distances, scores))

    def write(self, path):
        """Rows of centre, size, confidence (1) and scores for every place of every level."""
        graph = self.graph
        distances, scores = self.predictions()
        points, scales = [], []
        for stride in self.strides:
            edge = self.size // stride
            rows, columns = np.mgrid[:edge, :edge].astype(np.float32) + 0.5
            points.append(np.stack([columns.ravel(), rows.ravel()]))
            scales.append(np.full((1, edge**2), stride, np.float32))
        points = graph.constant(np.concatenate(points, 1)[None])
        places = sum(scale.size for scale in scales)
        corners = []
        for first, operator in ((0, "Sub"), (2, "Add")):
            bounds = [graph.constant(np.array([place], np.int64)) for place in (first, first + 2, 1)]
            part = graph.node("Slice", [distances, *bounds])
            corners.append(graph.node(operator, [points, part]))
        sums = graph.node("Add", corners)
        center = graph.node("Div", [sums, graph.constant(np.float32(2))])
        extent = graph.node("Sub", corners[::-1])
        boxes = graph.node("Concat", [center, extent], axis=1)
        boxes = graph.node("Mul", [boxes, graph.constant(np.concatenate(scales, 1)[None])])
        confidence = graph.constant(np.ones((self.batch, 1, places), np.float32))
        rows = graph.node("Concat", [boxes, confidence, scores], axis=1)
        output = graph.node("Transpose", [rows], perm=[0, 2, 1])
        graph.write(path, output, [self.batch, places, 5 + self.classes])
        return self.shape


def yolov6_n(path, seed, batch=1):
    return YOLOv6(seed, batch).write(path)


# What writes each network with all its branches and returns the shape of its input.
GRAPHS = {"mobileone-s0": mobileone_s0, "mobileone-s1": mobileone_s1, "yolov6n": yolov6_n}
