"""Detection in plain NumPy: what the Swift code is compared with.

Written after the published inference code of YOLOv6 (letterbox, decoding, class-wise suppression),
one box per loop, in Float64.
"""

import numpy as np


def letterbox_geometry(width, height, size):
    """Scale, resized width and height, left and top padding for a square input."""
    scale = min(size / height, size / width)
    resized_width = max(1, round(width * scale))
    resized_height = max(1, round(height * scale))
    left = round((size - resized_width) / 2 - 0.1)
    top = round((size - resized_height) / 2 - 0.1)
    return scale, resized_width, resized_height, left, top


def resize_axis(pixels, size, axis):
    """Bilinear without antialiasing along an axis, rounded to levels.

    Weights have 22 bits after the point, as Pillow's resizing has them: in floating point, ties
    between two levels would depend on rounding errors.
    """
    length = pixels.shape[axis]
    if size == length:
        return pixels
    position = (np.arange(size) + 0.5) * (length / size) - 0.5
    first = np.floor(position).astype(int)
    weight = np.floor((position - first) * 2**22 + 0.5).astype(np.int64)
    weight = weight.reshape([-1 if i == axis else 1 for i in range(pixels.ndim)])
    lower = np.take(pixels, np.clip(first, 0, length - 1), axis).astype(np.int64)
    upper = np.take(pixels, np.clip(first + 1, 0, length - 1), axis).astype(np.int64)
    return ((lower * (2**22 - weight) + upper * weight + 2**21) >> 22).astype(np.uint8)


def letterbox(image, size):
    """The levels [size, size, 3] of an RGB image, and its geometry."""
    height, width = image.shape[:2]
    geometry = letterbox_geometry(width, height, size)
    _, resized_width, resized_height, left, top = geometry
    resized = resize_axis(resize_axis(image, resized_width, 1), resized_height, 0)
    canvas = np.full((size, size, 3), 114, np.uint8)
    canvas[top:top + resized_height, left:left + resized_width] = resized
    return canvas, geometry


def network_input(levels):
    """[1, 3, height, width] of levels."""
    return (levels.astype(np.float32) / np.float32(255)).transpose(2, 0, 1)[None]


def overlap(a, b):
    """Intersection over union of two boxes: left, top, right, bottom."""
    columns = min(a[2], b[2]) - max(a[0], b[0])
    rows = min(a[3], b[3]) - max(a[1], b[1])
    if columns <= 0 or rows <= 0:
        return 0.0
    shared = columns * rows
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def detect(output, geometry, width, height, score_threshold=0.25, iou_threshold=0.45,
           maximum_count=300):
    """Boxes (class, score, left, top, width, height) of one image's output [anchors, 5 + classes]."""
    candidates = []
    for anchor, row in enumerate(output):
        best = int(np.argmax(row[5:]))
        score = np.float32(row[4]) * np.float32(row[5 + best])
        if not (row[4] > score_threshold and score > score_threshold):
            continue
        x, y, w, h = (float(value) for value in row[:4])
        candidates.append((-float(score), anchor, best, (x - w / 2, y - h / 2, x + w / 2, y + h / 2)))
    candidates.sort()
    kept = []
    for candidate in candidates:
        if len(kept) == maximum_count:
            break
        if all(candidate[2] != other[2] or overlap(candidate[3], other[3]) <= iou_threshold
               for other in kept):
            kept.append(candidate)
    scale, _, _, left, top = geometry
    boxes = []
    for negative_score, _, best, box in kept:
        edges = [min(max((edge - before) / scale, 0), limit) for edge, before, limit in
                 zip(box, (left, top, left, top), (width, height, width, height))]
        if edges[2] > edges[0] and edges[3] > edges[1]:
            boxes.append((best, -negative_score, edges[0], edges[1], edges[2] - edges[0],
                          edges[3] - edges[1]))
    return boxes
