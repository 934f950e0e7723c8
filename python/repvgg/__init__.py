"""RepVGG networks and ONNX graphs on CPUs.

    model = repvgg.load("model.pth")
    logits = model(images)               # [batch, channels, height, width] float32 -> [batch, classes]
    stages = model.features(images)      # {"stage0": [batch, channels, height, width], ...}
    outputs = repvgg.load("detector.onnx").run_all(images)   # {name: array of any shape, ...}

Images are normalised as the network was trained; `normalize` does it to bytes.

Threads may share a model; the interpreter's lock is released while the engine computes. A model
does not survive a fork: load it in the child, or use the "spawn" start method of multiprocessing.
"""
from ._library import Error, MissingFileError, available_threads, library_version
from ._model import Model, load, normalize

__all__ = ["Error", "MissingFileError", "Model", "available_threads", "library_version", "load",
           "normalize"]
__version__ = "0.1.0"
