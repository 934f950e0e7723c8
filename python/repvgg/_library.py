"""The shared library's functions, as ctypes sees them."""
import ctypes
import os
import pathlib
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t, c_void_p
from typing import Optional

ABI_VERSION = 1


class Error(RuntimeError):
    """What the library answered; `status` is one of its numbers, such as 2 for bad data."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class MissingFileError(Error, FileNotFoundError):
    """There is no such file; an `Error` and a `FileNotFoundError`."""


class _Sized(ctypes.Structure):
    """A structure that begins with its own size."""

    def __init__(self, **fields) -> None:
        super().__init__(struct_size=ctypes.sizeof(self), **fields)


class ModelOptions(_Sized):
    _fields_ = [("struct_size", c_size_t), ("epsilon", c_double), ("group", c_char_p),
                ("strides", POINTER(c_int32)), ("stride_count", c_size_t)]


class SessionOptions(_Sized):
    _fields_ = [("struct_size", c_size_t), ("form", c_int32), ("threads", c_int32),
                ("policy", c_int32), ("algorithm", c_int32), ("collects_features", c_int32),
                ("reserved", c_int32)]


class ModelInfo(_Sized):
    _fields_ = [("struct_size", c_size_t), ("architecture", c_char_p), ("family", c_char_p),
                ("form", c_int32), ("input_size", c_int32), ("class_count", c_int64),
                ("parameter_count", c_int64), ("input_channels", c_int64),
                ("output_count", c_int64), ("group", c_char_p), ("group_count", c_int64)]


class SessionInfo(_Sized):
    _fields_ = [("struct_size", c_size_t), ("batch", c_int64), ("height", c_int64),
                ("width", c_int64), ("class_count", c_int64), ("feature_count", c_int64),
                ("packed_weight_byte_count", c_int64), ("working_byte_count", c_int64),
                ("form", c_int32), ("threads", c_int32), ("output_count", c_int64),
                ("output_element_count", c_int64)]


_SIGNATURES = {
    "rvg_abi_version": (c_int32, []),
    "rvg_version_string": (c_char_p, []),
    "rvg_last_error": (c_char_p, []),
    "rvg_available_threads": (c_int32, []),
    "rvg_model_load": (c_int, [c_char_p, POINTER(ModelOptions), POINTER(c_void_p)]),
    "rvg_model_get_info": (c_int, [c_void_p, POINTER(ModelInfo)]),
    "rvg_model_set_plan_limit": (c_int, [c_void_p, c_int64]),
    "rvg_model_prepare": (c_int, [c_void_p, POINTER(c_int64), c_int64, POINTER(SessionOptions)]),
    "rvg_model_destroy": (None, [c_void_p]),
    "rvg_session_create": (c_int, [c_void_p, c_int64, c_int64, c_int64, POINTER(SessionOptions),
                                   POINTER(c_void_p)]),
    "rvg_session_get_info": (c_int, [c_void_p, POINTER(SessionInfo)]),
    "rvg_session_run": (c_int, [c_void_p, c_void_p, c_int64, POINTER(c_int64), c_void_p, c_int64,
                                POINTER(c_int64)]),
    "rvg_session_output_count": (c_int, [c_void_p, POINTER(c_int64)]),
    "rvg_session_output_name": (c_int, [c_void_p, c_int64, POINTER(c_char_p)]),
    "rvg_session_output_shape": (c_int, [c_void_p, c_int64, POINTER(c_int64), c_int64,
                                         POINTER(c_int64)]),
    "rvg_session_copy_output": (c_int, [c_void_p, c_int64, c_void_p, c_int64]),
    "rvg_session_destroy": (None, [c_void_p]),
}


def _open() -> ctypes.CDLL:
    """The library that REPVGG_LIBRARY names, the wheel's own, or the system's."""
    own = pathlib.Path(__file__).with_name("librepvgg.so.1")
    name = os.environ.get("REPVGG_LIBRARY") or (str(own) if own.exists() else "librepvgg.so.1")
    library = ctypes.CDLL(name)
    for function, (result, arguments) in _SIGNATURES.items():
        entry = getattr(library, function)
        entry.restype, entry.argtypes = result, arguments
    if library.rvg_abi_version() != ABI_VERSION:
        raise ImportError(f"{name} has interface {library.rvg_abi_version()}, not {ABI_VERSION}")
    return library


library = _open()


_MISSING_INPUT = 3


def check(status: int, path: Optional[bytes] = None) -> None:
    """Raises what a function that failed answered; `path` is the file that it read."""
    if status == 0:
        return
    reason = library.rvg_last_error().decode("utf-8", "replace")
    if status == _MISSING_INPUT and path is not None and not os.path.lexists(path):
        raise MissingFileError(status, reason)
    raise Error(status, reason)


def available_threads() -> int:
    """How many threads can compute at the same time: CPUs of the affinity, or the quota."""
    return library.rvg_available_threads()


def library_version() -> str:
    """The version of the shared library, such as "0.1.0"."""
    return library.rvg_version_string().decode()
