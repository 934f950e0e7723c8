#!/usr/bin/env python3
"""Makes Tests/Fixtures/imaging: image files of every kind, and what Pillow makes of them.

Needs Pillow and NumPy. For JPEG the levels depend on the libjpeg-turbo that Pillow was built with,
so the committed goldens come from the Pillow that uses the system's library, as the package does:

    apt-get install python3-pil python3-numpy
    /usr/bin/python3 scripts/make-imaging-goldens.py

With --check nothing is written: the committed files are read with whatever Pillow runs this, and
differences from the committed goldens are printed. Pillow 12.2 and later print some resizes: they
take rows before columns where the height shrinks much more than the width, which no resize that
keeps the aspect ratio does (python-pillow/Pillow#9524 and #9549).
"""

import argparse
import io
import pathlib
import struct
import sys
import warnings
import zlib

import numpy as np
import PIL
from PIL import Image, ImageFile, ImageOps, features

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests/Fixtures/imaging"
FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


# MARK: - Procedural pixels, the same formulas as in the Swift tests


def noise(count, seed):
    """Bytes that look random: an integer hash of their index."""
    value = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
    value ^= value >> np.uint32(15)
    value *= np.uint32(2246822519)
    value ^= value >> np.uint32(13)
    return (value >> np.uint32(11)).astype(np.uint8)


def noise_image(width, height, seed):
    return Image.fromarray(noise(width * height * 3, seed).reshape(height, width, 3))


def picture(width, height, channels=3):
    """Smooth gradients with edges: something that codecs see as a photograph."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [
        255 * (x + 1) / (width + 1),
        127 + 120 * np.sin(x / 7 + y / 11),
        np.where((x // 9 + y // 6) % 2 == 0, 40, 210) + 20 * np.cos(y / 3),
        255 * (y + 1) / (height + 1),
    ]
    stack = np.stack(planes[:channels], axis=-1)
    return np.clip(stack, 0, 255).astype(np.uint8)


# MARK: - Files


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2)]


def pack_rows(samples, depth):
    """Rows of samples (height, width, channels) as PNG stores them, with an unfiltered mark."""
    height = samples.shape[0]
    rows = samples.reshape(height, -1)
    if depth == 16:
        body = rows.astype(">u2").view(np.uint8).reshape(height, -1)
    elif depth == 8:
        body = rows.astype(np.uint8)
    else:
        bits = (rows[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
        body = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    return np.concatenate([np.zeros((height, 1), np.uint8), body], axis=1).tobytes()


def png(samples, depth, colour, extra=b"", interlaced=False):
    height, width = samples.shape[:2]
    if interlaced:
        parts = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES]
        raw = b"".join(pack_rows(part, depth) for part in parts if part.size)
    else:
        raw = pack_rows(samples, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
            + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def png_files():
    sizes = [(1, 1), (7, 5), (33, 17)]
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
    depths = {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}
    names = {0: "grey", 2: "rgb", 3: "palette", 4: "greyalpha", 6: "rgba"}
    for colour, bits in depths.items():
        for depth in bits:
            for index, (width, height) in enumerate(sizes):
                for interlaced in (False, True):
                    count = width * height * channels[colour]
                    values = noise(2 * count, 7 * depth + colour).astype(np.uint32)
                    samples = (values[0::2] << 8 | values[1::2]) & ((1 << depth) - 1)
                    if colour == 0 and depth == 16:
                        samples[::3] &= 0xFF  # below the clip
                    samples = samples.reshape(height, width, channels[colour])
                    extra = b""
                    if colour == 3:
                        extra = chunk(b"PLTE", noise(3 << depth, 99).tobytes())
                        if index == 1:
                            extra += chunk(b"tRNS", noise(1 << depth, 5).tobytes())
                    elif colour == 0 and index == 1:
                        extra = chunk(b"tRNS", struct.pack(">H", int(samples[0, 0, 0])))
                    elif colour == 2 and index == 1:
                        extra = chunk(b"tRNS", struct.pack(">HHH", *samples[0, 0].tolist()))
                    kind = "i" if interlaced else "p"
                    yield (f"{names[colour]}{depth}-{width}x{height}{kind}.png",
                           png(samples, depth, colour, extra, interlaced))


def saved(array, kind, **options):
    stream = io.BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image.save(stream, kind, **options)
    return stream.getvalue()


def find_marker(data, marker):
    position = 2
    while data[position + 1] != marker:
        position += 2 + struct.unpack(">H", data[position + 2:position + 4])[0]
    return position


def with_sampling(data, factors, swap=False):
    """The same blocks under another sampling of the first component."""
    data = bytearray(data)
    frame = find_marker(data, 0xC0)
    data[frame + 11] = factors
    if swap:
        data[frame + 5:frame + 9] = data[frame + 7:frame + 9] + data[frame + 5:frame + 7]
    return bytes(data)


def adobe(transform):
    return b"\xff\xee\x00\x0eAdobe" + struct.pack(">HHHB", 100, 0, 0, transform)


def with_adobe(data, transform):
    """The same data with its colours declared by an Adobe marker, JFIF's removed."""
    if data[2:4] == b"\xff\xe0":
        data = data[:2] + data[4 + struct.unpack(">H", data[4:6])[0]:]
    return data[:2] + adobe(transform) + data[2:]


def jpeg_files():
    for width, height in [(1, 1), (8, 8), (17, 33), (64, 48), (157, 101)]:
        name = f"{width}x{height}"
        rgb = picture(width, height)
        yield f"grey-{name}.jpg", saved(rgb[:, :, 1], "JPEG", quality=85)
        for sampling, label in [(0, "444"), (1, "422"), (2, "420")]:
            yield f"rgb{label}-{name}.jpg", saved(rgb, "JPEG", quality=80, subsampling=sampling)
        yield f"progressive-{name}.jpg", saved(rgb, "JPEG", quality=70, progressive=True)
        cmyk = Image.fromarray(picture(width, height, 4), "CMYK")
        yield f"cmyk-{name}.jpg", saved(cmyk, "JPEG", quality=85)
    rgb = picture(64, 64)
    yield "low-64x64.jpg", saved(rgb, "JPEG", quality=5)
    yield "grey-progressive-64x64.jpg", saved(rgb[:, :, 0], "JPEG", progressive=True)
    yield "sampling440-48x64.jpg", with_sampling(
        saved(picture(64, 48), "JPEG", subsampling=1), 0x12, swap=True)
    yield "sampling411-64x64.jpg", with_sampling(saved(rgb, "JPEG", subsampling=2), 0x41)
    yield "adobe-rgb-64x64.jpg", with_adobe(saved(rgb, "JPEG", subsampling=0), 0)
    cmyk = saved(Image.fromarray(picture(64, 64, 4), "CMYK"), "JPEG", quality=90)
    start = cmyk.index(b"Adobe")
    yield "ycck-64x64.jpg", cmyk[:start + 11] + b"\x02" + cmyk[start + 12:]
    yield "profile-64x64.jpg", saved(rgb, "JPEG", icc_profile=bytes(range(200)))
    yield "large-5000x3000.jpg", saved(
        picture(50, 30).repeat(100, axis=0).repeat(100, axis=1), "JPEG", quality=40,
        progressive=True)


def webp_files():
    for width, height in [(1, 1), (17, 33), (64, 48)]:
        name = f"{width}x{height}"
        rgb = picture(width, height)
        rgba = picture(width, height, 4)
        rgba[: height // 2, :, 3] = 0
        yield f"lossy-{name}.webp", saved(rgb, "WEBP", quality=75)
        yield f"lossless-{name}.webp", saved(rgb, "WEBP", lossless=True)
        yield f"lossy-alpha-{name}.webp", saved(rgba, "WEBP", quality=60)
        yield f"lossless-alpha-{name}.webp", saved(rgba, "WEBP", lossless=True, exact=True)
    frames = [Image.fromarray(picture(40, 30, 4)), Image.fromarray(255 - picture(40, 30, 4))]
    yield "animated-40x30.webp", saved(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100, lossless=True)


def map_files():
    grey = noise(35, 3)
    rgb = noise(105, 4)
    words = lambda values: " ".join(str(int(v)) for v in values).encode()
    yield "grey.pgm", b"P5\n7 5\n255\n" + grey.tobytes()
    yield "rgb.ppm", b"P6 7 5 255\n" + rgb.tobytes()
    yield "grey-plain.pgm", b"P2\n# made by hand\n7 5\n255\n" + words(grey) + b"\n"
    yield "rgb-plain.ppm", b"P3\r\n7\t5 # size\n255\n" + words(rgb)
    yield "rgb-comments.ppm", b"P3 7 5 2#\n55 " + words(rgb).replace(b"1 ", b"1#x\n ")
    for maximum in (1, 7, 100, 254, 256, 1000, 65535):
        values = noise(210, maximum).astype(np.uint32)
        values = ((values[0::2] << 8 | values[1::2]) % (maximum + 1)).astype(np.uint32)
        kind = np.uint8 if maximum < 256 else np.dtype(">u2")
        body = values.astype(kind).tobytes()
        head = f"7 5 {maximum}\n".encode()
        yield f"rgb-max{maximum}.ppm", b"P6 " + head + body
        yield f"rgb-plain-max{maximum}.ppm", b"P3 " + head + words(values)
        values[: 35 : 2] %= 300
        values = np.minimum(values, maximum)
        yield f"grey-max{maximum}.pgm", b"P5 " + head + values[:35].astype(kind).tobytes()
        yield f"grey-plain-max{maximum}.pgm", b"P2 " + head + words(values[:35])
    yield "beyond-maxval.ppm", b"P6 7 5 100\n" + rgb.tobytes()


def oriented_files():
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        options = {"exif": exif.tobytes()}
        yield f"exif{orientation}.jpg", saved(picture(24, 16), "JPEG", subsampling=0, **options)
        yield f"exif{orientation}.png", saved(picture(5, 3), "PNG", **options)
        yield f"exif{orientation}.webp", saved(picture(5, 3), "WEBP", lossless=True, **options)


def other_files():
    frames = [Image.fromarray(picture(20, 10)), Image.fromarray(255 - picture(20, 10))]
    yield "animated-20x10.png", saved(
        frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100)
    yield "large-5000x3000.png", saved(
        picture(50, 30).repeat(100, axis=0).repeat(100, axis=1), "PNG", optimize=True)


# MARK: - Goldens


def checksum(image):
    return f"{image.width} {image.height} {zlib.crc32(image.tobytes()):08x}"


def decoded(data, transpose=False):
    image = Image.open(io.BytesIO(data))
    image.load()
    if transpose:
        image = ImageOps.exif_transpose(image)
    return image.convert("RGB")


def outcome(data):
    try:
        return checksum(decoded(data))
    except Exception:
        return "error"


def decode_goldens(files):
    for name, data in files:
        yield f"decode {name} {checksum(decoded(data))}"
        if name.startswith("exif"):
            yield f"orient {name} {checksum(decoded(data, transpose=True))}"


def damage_goldens(files):
    """Where Pillow gives up, and what it shows where it does not."""
    files = dict(files)
    for name in ["rgb420-157x101.jpg", "progressive-157x101.jpg", "grey-64x48.jpg",
                 "cmyk-64x48.jpg"]:
        data = files[name]
        scan = data.index(b"\xff\xda")
        for step in range(40):
            length = scan + (len(data) - scan) * step // 40
            yield f"truncate {name} {length} {outcome(data[:length])}"
        for length in range(len(data) - 6, len(data) + 1):
            yield f"truncate {name} {length} {outcome(data[:length])}"
        for step in range(60):
            # Behind the first scan's header, one byte exchanged.
            start = scan + 14
            position = start + int(noise(4, step).view(np.uint32)[0]) % (len(data) - 2 - start)
            value = int(noise(1, 1000 + step)[0])
            damaged = data[:position] + bytes([value]) + data[position + 1:]
            yield f"damage {name} {position} {value} {outcome(damaged)}"
    for name in ["rgb8-33x17p.png", "palette8-33x17i.png", "lossy-64x48.webp",
                 "lossless-64x48.webp", "rgb.ppm"]:
        data = files[name]
        for step in range(20):
            length = len(data) * step // 20
            yield f"truncate {name} {length} {outcome(data[:length])}"


RESIZES = [
    # source, target
    ((1, 1), (5, 3)), ((2, 2), (3, 3)), ((5, 3), (1, 1)), ((3, 5), (4, 4)), ((7, 7), (7, 3)),
    ((7, 7), (3, 7)), ((16, 16), (8, 8)), ((17, 13), (5, 11)), ((31, 47), (97, 29)),
    ((64, 64), (224, 224)), ((100, 75), (341, 256)), ((257, 129), (33, 258)),
    ((500, 375), (341, 256)), ((500, 375), (298, 224)), ((640, 480), (320, 320)),
    ((333, 500), (256, 384)), ((1000, 3), (10, 300)), ((3, 1000), (300, 10)),
    ((2500, 1500), (426, 256)), ((5000, 3000), (426, 256)), ((1, 400), (40, 1)),
    ((224, 225), (224, 224)), ((225, 224), (224, 224)), ((9, 9), (1, 1000)),
]


def resize_goldens():
    for index, (source, target) in enumerate(RESIZES):
        image = noise_image(*source, index)
        for name, value in FILTERS.items():
            resized = image.resize(target, value)
            yield f"resize {index} {source[0]} {source[1]} {name} {checksum(resized)}"


def fit(image, short_side, crop, name):
    """torchvision's Resize(int) and CenterCrop on a PIL image."""
    width, height = image.size
    short, long = min(width, height), max(width, height)
    other = int(short_side * long / short)
    size = (short_side, other) if width <= height else (other, short_side)
    if size != image.size:
        image = image.resize(size, FILTERS[name])
    width, height = image.size
    if crop > width or crop > height:
        left = (crop - width) // 2 if crop > width else 0
        top = (crop - height) // 2 if crop > height else 0
        right = (crop - width + 1) // 2 if crop > width else 0
        bottom = (crop - height + 1) // 2 if crop > height else 0
        image = ImageOps.expand(image, (left, top, right, bottom), 0)
        width, height = image.size
    top = int(round((height - crop) / 2.0))
    left = int(round((width - crop) / 2.0))
    return image.crop((left, top, left + crop, top + crop))


PREPROCESSINGS = [
    ((500, 375), 256, 224, "bilinear"), ((375, 500), 256, 224, "bilinear"),
    ((500, 375), 224, 224, "bilinear"), ((500, 375), 320, 320, "bicubic"),
    ((224, 224), 224, 224, "bilinear"), ((256, 256), 256, 224, "bilinear"),
    ((257, 256), 256, 224, "bilinear"), ((259, 256), 256, 224, "bilinear"),
    ((261, 256), 256, 225, "bilinear"), ((1, 1), 256, 224, "bilinear"),
    ((1, 300), 256, 224, "bicubic"), ((300, 1), 256, 224, "bilinear"),
    ((33, 65), 20, 32, "bilinear"), ((65, 33), 21, 32, "bicubic"), ((10, 10), 7, 32, "bilinear"),
    ((1024, 768), 256, 224, "nearest"), ((500, 333), 256, 224, "nearest"),
    ((2500, 1500), 256, 224, "bicubic"),
]


def preprocess_goldens():
    for index, (source, short_side, crop, name) in enumerate(PREPROCESSINGS):
        image = fit(noise_image(*source, 500 + index), short_side, crop, name)
        planes = np.asarray(image).transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        planes = (planes - MEAN[:, None, None]) / DEVIATION[:, None, None]
        assert planes.dtype == np.float32
        value = zlib.crc32(planes.astype("<f4").tobytes())
        yield (f"preprocess {index} {source[0]} {source[1]} {short_side} {crop} {name} "
               f"{zlib.crc32(image.tobytes()):08x} {value:08x}")


def all_files():
    for maker in (png_files, jpeg_files, webp_files, map_files, oriented_files, other_files):
        yield from maker()


def all_goldens(files):
    yield from decode_goldens(files)
    yield from damage_goldens(files)
    yield from resize_goldens()
    yield from preprocess_goldens()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    versions = (f"Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}, "
                f"libwebp {features.version('webp')}")
    if arguments.check:
        lines = (FOLDER / "goldens.txt").read_text().splitlines()
        files = [(name, (FOLDER / "files" / name).read_bytes())
                 for name in (line.split()[1] for line in lines if line.startswith("decode "))]
        made = list(all_goldens(files))
        old = [line for line in lines if not line.startswith("#")]
        different = [pair for pair in zip(old, made) if pair[0] != pair[1]]
        for before, after in different:
            print(f"committed: {before}\n      now: {after}")
        print(f"{versions}: {len(different)} of {len(old)} differ")
        sys.exit(1 if different or len(old) != len(made) else 0)
    files = list(all_files())
    (FOLDER / "files").mkdir(parents=True, exist_ok=True)
    for name, data in files:
        (FOLDER / "files" / name).write_bytes(data)
    (FOLDER / "goldens.txt").write_text(
        f"# {versions}; made by scripts/make-imaging-goldens.py\n"
        + "".join(line + "\n" for line in all_goldens(files)))


if __name__ == "__main__":
    main()
