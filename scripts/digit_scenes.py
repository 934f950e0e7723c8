"""Pictures of handwritten digits on cluttered backgrounds, made from a seed."""

import pathlib
import struct

import numpy as np
from PIL import Image, ImageDraw

ROOT = pathlib.Path(__file__).resolve().parent.parent


def digits(part):
    """Images [count, 8, 8] and labels of the shipped digits; part is "train" or "t10k"."""
    folder = ROOT / "Sources/CDigits/data"
    images = (folder / f"{part}-images-idx3-ubyte").read_bytes()
    labels = (folder / f"{part}-labels-idx1-ubyte").read_bytes()
    count, height, width = struct.unpack(">3I", images[4:16])
    return (np.frombuffer(images, np.uint8, offset=16).reshape(count, height, width),
            np.frombuffer(labels, np.uint8, offset=8))


def background(random, width, height):
    """A gradient between two colours."""
    first, second = random.integers(20, 236, (2, 3))
    angle = random.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0:width]
    along = x / width * np.cos(angle) + y / height * np.sin(angle)
    along = (along - along.min()) / max(np.ptp(along), 1e-6)
    pixels = first + (second - first) * (along * random.uniform(0.2, 1))[..., None]
    return Image.fromarray(pixels.astype(np.uint8))


def clutter(random, image):
    """Lines, boxes, ellipses and arcs in colours of their own."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    for _ in range(random.integers(4, 18)):
        color = tuple(int(level) for level in random.integers(0, 256, 3))
        x, y = random.uniform(0, width), random.uniform(0, height)
        w, h = random.uniform(0.03, 0.35, 2) * min(width, height)
        kind = random.integers(5)
        thickness = int(random.integers(1, max(2, min(width, height) // 30)))
        if kind == 0:
            draw.line([x, y, *(random.uniform(0, 1, 2) * (width, height))], color, thickness)
        elif kind == 1:
            draw.rectangle([x, y, x + w, y + h], color if random.random() < 0.5 else None, color,
                           thickness)
        elif kind == 2:
            draw.ellipse([x, y, x + w, y + h], color if random.random() < 0.5 else None, color,
                         thickness)
        elif kind == 3:
            start = random.uniform(0, 360)
            draw.arc([x, y, x + w, y + h], start, start + random.uniform(60, 200), color, thickness)
        else:
            points = random.uniform(0, 1, (3, 2)) * (w, h) + (x, y)
            draw.line([tuple(point) for point in points], color, thickness)


def stamp(random, digit, size):
    """The opacity of a digit, turned a little and cut to what can be seen of it."""
    stretched = (max(6, int(size * random.uniform(0.8, 1.05))), size)
    # A margin, so that the turned digit stays whole.
    mask = Image.fromarray(np.pad(digit, 2)).resize(
        (stretched[0] * 12 // 8, stretched[1] * 12 // 8), Image.BICUBIC)
    mask = np.asarray(mask.rotate(random.uniform(-15, 15), Image.BICUBIC)).astype(np.float32)
    mask = np.clip((mask / 240 - 0.25) / 0.4, 0, 1)
    rows, columns = np.flatnonzero(mask.max(1) > 0.3), np.flatnonzero(mask.max(0) > 0.3)
    return mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]


def digit_color(random, behind):
    """A colour whose brightness differs from what is behind."""
    weights = np.array([0.299, 0.587, 0.114])
    while True:
        color = random.integers(0, 256, 3)
        if abs((color - behind) @ weights) > 75:
            return color


def scene(random, images, labels, width, height, input_size):
    """A picture [height, width, 3] and its boxes [count, 5]: class, left, top, right, bottom.

    Digits are 13 to 44 pixels high once the picture is scaled to the network's input.
    """
    image = background(random, width, height)
    clutter(random, image)
    pixels = np.asarray(image).astype(np.float32)
    scale = input_size / max(width, height)
    boxes = []
    for _ in range(random.integers(1, 8)):
        index = random.integers(len(images))
        mask = stamp(random, images[index], int(random.uniform(13, 44) / scale))
        h, w = mask.shape
        if w >= width or h >= height:
            continue
        for _ in range(20):
            x, y = random.integers(0, width - w), random.integers(0, height - h)
            gap = 0.04 * max(width, height)
            if all(x > b[3] + gap or x + w + gap < b[1] or y > b[4] + gap or y + h + gap < b[2]
                   for b in boxes):
                break
        else:
            continue
        area = pixels[y:y + h, x:x + w]
        if random.random() < 0.3:
            # On a plate.
            edge = int(0.12 * h)
            plate = pixels[max(0, y - edge):y + h + edge, max(0, x - edge):x + w + edge]
            plate[:] = random.integers(0, 256, 3)
        opacity = mask[..., None]
        color = digit_color(random, area.mean((0, 1)))
        area[:] = area * (1 - opacity) + color * opacity
        boxes.append((int(labels[index]), x, y, x + w, y + h))
    pixels = np.clip(pixels, 0, 255).astype(np.uint8)
    return pixels, np.array(boxes, np.float64).reshape(-1, 5)
