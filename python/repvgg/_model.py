"""Models and the sessions that run them."""
from __future__ import annotations

import ctypes
import os
import threading
import warnings
import weakref
from typing import Dict, Iterable, List, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._library import ModelInfo, ModelOptions, SessionOptions, check, library

_FORMS = ("plain", "branched", "folded")
_POLICIES = ("fast", "exact", "compact")
_ALGORITHMS = ("auto", "winograd", "direct", "im2col")
# Sessions that a thread keeps for the shapes that it used last.
_SESSIONS_PER_THREAD = 4


def _choice(name: str, value: str, values: Tuple[str, ...]) -> int:
    if value not in values:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(values)}")
    return values.index(value)


def load(path: Union[str, "os.PathLike[str]"], *, form: str = "plain", threads: int = 1,
         policy: str = "fast", algorithm: str = "auto", epsilon: float = 0.0,
         group: Optional[str] = None, strides: Optional[Sequence[int]] = None) -> "Model":
    """Loads a checkpoint or an ONNX model; its content decides format, family and architecture.

    `form` is what is computed: "plain", "branched" or "folded". `threads` compute one batch
    together; `available_threads()` says how many can at the same time. `epsilon` is that of the
    training's batch norms; 0 means 1e-5. `group` names the weights to take where a file holds the network more than once, such as "state_dict"; the
    averaged ones otherwise. `strides` are those of the stem and the four stages, such as
    (1, 1, 2, 2, 2); otherwise 2 each, but 1 where the file proves it.
    """
    return Model(path, form=form, threads=threads, policy=policy, algorithm=algorithm,
                 epsilon=epsilon, group=group, strides=strides)


def normalize(images: ArrayLike, mean: ArrayLike, std: ArrayLike) -> NDArray[np.float32]:
    """The float32 images [batch, channels, height, width] that a network takes, made of bytes.

    `images` are uint8, [batch, channels, height, width] or [batch, height, width, channels], of 1,
    3 or as many channels as `mean` has; where both readings fit, channels come first. `mean` and
    `std` are those of levels from 0 to 1, a value for each channel or one for all.
    """
    array = np.asarray(images)
    if array.dtype != np.uint8:
        raise TypeError(f"images are {array.dtype}, expected uint8")
    levels = [np.ravel(np.asarray(value, np.float32)) for value in (mean, std)]
    channels = max(value.size for value in levels)
    counts = (channels,) if channels > 1 else (1, 3)
    if array.ndim == 4 and array.shape[1] not in counts and array.shape[3] in counts:
        array = array.transpose(0, 3, 1, 2)
    if (array.ndim != 4 or array.shape[1] not in counts
            or any(value.size not in (1, channels) for value in levels)):
        raise ValueError(f"images of shape {np.shape(images)} do not fit a mean of "
                         f"{levels[0].size} and a std of {levels[1].size} values")
    mean, std = (value.reshape(1, -1, 1, 1) for value in levels)
    return np.ascontiguousarray((array.astype(np.float32) / np.float32(255) - mean) / std)


def _path(path: Union[str, "os.PathLike[str]"]) -> bytes:
    """A path as the library takes it, which would end at a zero byte."""
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise ValueError(f"{path!r} contains a zero byte, which no file's name does")
    return encoded


class _Session:
    """A native session, destroyed with this object."""

    def __init__(self, model: ctypes.c_void_p, shape: Tuple[int, int, int],
                 options: SessionOptions) -> None:
        self.handle = ctypes.c_void_p()
        check(library.rvg_session_create(model, *shape, ctypes.byref(options),
                                         ctypes.byref(self.handle)))
        weakref.finalize(self, library.rvg_session_destroy, self.handle)
        count = ctypes.c_int64()
        check(library.rvg_session_output_count(self.handle, ctypes.byref(count)))
        self.outputs = [self._output(index) for index in range(count.value)]
        """Name and shape of every output, the first first."""

    def _output(self, index: int) -> Tuple[str, Tuple[int, ...]]:
        name, rank = ctypes.c_char_p(), ctypes.c_int64()
        check(library.rvg_session_output_name(self.handle, index, ctypes.byref(name)))
        check(library.rvg_session_output_shape(self.handle, index, None, 0, ctypes.byref(rank)))
        shape = (ctypes.c_int64 * rank.value)()
        check(library.rvg_session_output_shape(self.handle, index, shape, rank.value,
                                               ctypes.byref(rank)))
        return (name.value or b"").decode("utf-8", "replace"), tuple(shape)

    def run(self, images: NDArray[np.float32], output: NDArray[np.float32]) -> None:
        check(library.rvg_session_run(self.handle, images.ctypes.data, images.size, None,
                                      output.ctypes.data, output.size, None))

    def kept(self) -> Dict[str, NDArray[np.float32]]:
        """The outputs after the first of the last run."""
        result = {}
        for index, (name, shape) in enumerate(self.outputs[1:], 1):
            values = np.empty(shape, np.float32)
            check(library.rvg_session_copy_output(self.handle, index, values.ctypes.data,
                                                  values.size))
            result[name] = values
        return result


class Model:
    """A network with its weights. Any number of threads may call one model."""

    def __init__(self, path: Union[str, "os.PathLike[str]"], *, form: str = "plain",
                 threads: int = 1, policy: str = "fast", algorithm: str = "auto",
                 epsilon: float = 0.0, group: Optional[str] = None,
                 strides: Optional[Sequence[int]] = None) -> None:
        if not 1 <= threads <= 1024:
            raise ValueError(f"threads is {threads}, expected 1 to 1024")
        self._options = dict(
            form=_choice("form", form, _FORMS), threads=threads,
            policy=_choice("policy", policy, _POLICIES),
            algorithm=_choice("algorithm", algorithm, _ALGORITHMS))
        self._handle = ctypes.c_void_p()
        if group is not None and "\0" in group:
            raise ValueError("group contains a NUL character")
        steps = None if strides is None else (ctypes.c_int32 * len(strides))(*strides)
        model_options = ModelOptions(
            epsilon=epsilon, group=None if group is None else group.encode(), strides=steps,
            stride_count=0 if steps is None else len(steps))
        name = _path(path)
        check(library.rvg_model_load(name, ctypes.byref(model_options),
                                     ctypes.byref(self._handle)), name)
        weakref.finalize(self, library.rvg_model_destroy, self._handle)
        info = ModelInfo()
        check(library.rvg_model_get_info(self._handle, ctypes.byref(info)))
        self._local = threading.local()
        self._plan_limit = 8
        self.form: str = form
        """The form that is computed."""
        self.stored_form: str = _FORMS[info.form]
        """The form that the file holds: "branched" as trained, or "plain"."""
        self.architecture: str = info.architecture.decode()
        """Such as "RepVGG-A0"."""
        self.family: str = info.family.decode()
        """The naming convention of the checkpoint, such as "official" or "timm"."""
        self.classes: int = info.class_count
        """Classes; 0 for a backbone, which has no classifier."""
        self.outputs: int = info.output_count
        """What one image gives: a logit of each class, or the pooled channels of a backbone; the
        channels of a graph's first output, of which `output_shapes` has all dimensions."""
        self.parameter_count: int = info.parameter_count
        """Trained parameters in the file."""
        self.input_size: int = info.input_size
        """Height and width that published weights of the architecture are used with."""
        self.input_channels: int = info.input_channels
        """Channels of the images, 3 for colour."""
        self.group: str = info.group.decode("utf-8", "replace")
        """The weights that were taken where the file holds the network more than once."""
        if group is None and info.group_count > 1:
            warnings.warn(f"{os.fsdecode(path)} holds {info.group_count} networks; took "
                          f"{self.group!r}; group= takes another", stacklevel=3)

    def __call__(self, images: ArrayLike,
                 out: Optional[NDArray[np.float32]] = None) -> NDArray[np.float32]:
        """The logits [batch, classes] of normalised images [batch, channels, height, width].

        A backbone gives its pooled features [batch, outputs] instead, an ONNX model its first output,
        of any shape. C-contiguous float32 images are read in place, others are copied. `out`
        receives the result where it is given, and must be C-contiguous float32 itself.
        """
        images = self._checked(images)
        session = self._session(images.shape, False)
        shape = session.outputs[0][1]
        if out is None:
            out = np.empty(shape, np.float32)
        elif (not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != np.float32
              or not out.flags.c_contiguous or not out.flags.writeable or not out.flags.aligned):
            raise ValueError(f"out must be a writeable C-contiguous float32 array of shape {shape}")
        session.run(images, out)
        return out

    def features(self, images: ArrayLike) -> Dict[str, NDArray[np.float32]]:
        """Every stage's output [batch, channels, height, width], by name, the first stage first.

        Of an ONNX model, the outputs after the first.
        """
        outputs = self.run_all(images)
        del outputs[next(iter(outputs))]
        return outputs

    def run_all(self, images: ArrayLike) -> Dict[str, NDArray[np.float32]]:
        """Every output by name, the first first: that of a call, then those of `features`."""
        images = self._checked(images)
        session = self._session(images.shape, True)
        name, shape = session.outputs[0]
        first = np.empty(shape, np.float32)
        session.run(images, first)
        return {name: first, **session.kept()}

    def prepare(self, shapes: Iterable[Sequence[int]], *, all_outputs: bool = False) -> None:
        """Plans the model ahead for images of shapes [batch, channels, height, width].

        The first call with images of a shape then takes no time for that; `all_outputs` is for
        `run_all` and `features`. A model keeps no more than `plan_limit` plans.
        """
        checked = [self._checked_shape(tuple(shape)) for shape in shapes]
        sizes = [size for shape in checked for size in (shape[0], shape[2], shape[3])]
        options = SessionOptions(collects_features=int(all_outputs), **self._options)
        check(library.rvg_model_prepare(self._handle, (ctypes.c_int64 * len(sizes))(*sizes),
                                        len(checked), ctypes.byref(options)))

    @property
    def plan_limit(self) -> int:
        """How many plans the model keeps, for the shapes used last; those in use come on top."""
        return self._plan_limit

    @plan_limit.setter
    def plan_limit(self, limit: int) -> None:
        check(library.rvg_model_set_plan_limit(self._handle, limit))
        self._plan_limit = limit

    def output_shapes(self, shape: Sequence[int]) -> Dict[str, Tuple[int, ...]]:
        """The shape of every output by name, for images of shape [batch, channels, height, width].

        Plans the model for the shape, which `run_all` with such images then does not do again.
        """
        shape = self._checked_shape(tuple(shape))
        return dict(self._session(shape, True).outputs)

    def __repr__(self) -> str:
        return f"<repvgg.Model {self.architecture} ({self.form}), {self.classes} classes>" if self.classes else (
            f"<repvgg.Model {self.architecture} ({self.form}), {self.outputs} features>")

    def _checked(self, images: ArrayLike) -> NDArray[np.float32]:
        array = np.asarray(images)
        if array.dtype.kind != "f":
            raise TypeError(f"images are {array.dtype}, expected normalised floats; "
                            "repvgg.normalize(images, mean, std) makes them of uint8")
        self._checked_shape(array.shape)
        return np.require(array, np.float32, ["C_CONTIGUOUS", "ALIGNED"])

    def _checked_shape(self, shape: Tuple[int, ...]) -> Tuple[int, ...]:
        channels = self.input_channels
        if len(shape) != 4 or shape[1] != channels:
            hint = ""
            if len(shape) == 4 and shape[3] == channels:
                hint = ": they are NHWC, so transpose them by (0, 3, 1, 2)"
            elif len(shape) == 3 and channels in (shape[0], shape[2]):
                hint = ": one image is a batch of one, images[None]"
            raise ValueError(f"images have shape {shape}, expected "
                             f"(batch, {channels}, height, width){hint}")
        return shape

    def _session(self, shape: Tuple[int, ...], features: bool) -> _Session:
        """This thread's session for a shape, the most recently used kept last."""
        sessions: List[Tuple[Tuple[int, ...], _Session]] = getattr(self._local, "sessions", [])
        # Ids of processes too: sessions of a parent have lost their threads.
        key = (os.getpid(), shape[0], shape[2], shape[3], int(features))
        found = next((session for known, session in sessions if known == key), None)
        if found is None:
            options = SessionOptions(collects_features=int(features), **self._options)
            found = _Session(self._handle, (shape[0], shape[2], shape[3]), options)
        kept = [(known, session) for known, session in sessions if known != key]
        self._local.sessions = kept[-(_SESSIONS_PER_THREAD - 1):] + [(key, found)]
        return found
