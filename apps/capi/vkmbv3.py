"""vkmbv3 from Python: MobileNet classifiers on any GPU with Vulkan. One file over libvkmbv3.so, nothing to build.

    import vkmbv3
    with vkmbv3.Classifier("best.safetensors") as classifier:
        print(classifier.classify("cat.jpg").top[0].name)

Arrays are numpy's; without numpy, files and their bytes work all the same. The library is the one that $VKMBV3_LIBRARY
names, or else the one installed with this file, or else the system's.
"""

import collections
import ctypes
import os
import pathlib

try:
    import numpy
except ImportError:
    numpy = None

__all__ = ["Classification", "Classifier", "Error", "Prediction", "version"]

_SONAME = "vkmbv3.dll" if os.name == "nt" else "libvkmbv3.so.0"
_STATUSES = ("ok", "invalid argument", "file", "weights", "labels", "image", "no vulkan", "device", "out of memory", "not finite",
             "internal")
_PRECISIONS = {"fp32": 0, "amp": 1, "auto": 2}
# Format: (number, values a pixel).
_PACKED = {"RGB": (0, 3), "RGBA": (1, 4), "BGR": (2, 3), "BGRA": (3, 4), "GRAY": (4, 1)}
_SEMI_PLANAR = {"NV12": 5, "NV21": 6, "NV12_FULL_RANGE": 7, "NV21_FULL_RANGE": 8}
_NOT_8_BITS = ("I", "F")  # Pillow's modes, whose values convert() cuts off at 255
_CHANNELS = {1: "GRAY", 3: "RGB", 4: "RGBA"}

Prediction = collections.namedtuple("Prediction", "label name probability")
Classification = collections.namedtuple("Classification", "top logits")


class Error(Exception):
    """What went wrong; `status` is one of "file", "weights", "image", "device", …"""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class _Options(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("device", ctypes.c_int32), ("precision", ctypes.c_int32),
                ("labels", ctypes.c_char_p)]


class _Image(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("format", ctypes.c_int32), ("width", ctypes.c_int32),
                ("height", ctypes.c_int32), ("rotation", ctypes.c_int32), ("pixels", ctypes.c_void_p), ("stride", ctypes.c_size_t),
                ("chroma", ctypes.c_void_p), ("chroma_stride", ctypes.c_size_t)]


class _Prediction(ctypes.Structure):
    _fields_ = [("label", ctypes.c_int64), ("probability", ctypes.c_double)]


_Handle = ctypes.c_void_p
_ANSWER = (ctypes.POINTER(_Prediction), ctypes.c_size_t, ctypes.POINTER(ctypes.c_float), ctypes.c_size_t)
_FUNCTIONS = {
    "vkmbv3_version": (ctypes.c_char_p,),
    "vkmbv3_last_error": (ctypes.c_char_p,),
    "vkmbv3_last_status": (ctypes.c_int,),
    "vkmbv3_open": (ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(_Options), ctypes.POINTER(_Handle)),
    "vkmbv3_close": (ctypes.c_int, _Handle),
    "vkmbv3_class_count": (ctypes.c_int64, _Handle),
    "vkmbv3_class_name": (ctypes.c_char_p, _Handle, ctypes.c_int64),
    "vkmbv3_device": (ctypes.c_char_p, _Handle),
    "vkmbv3_precision": (ctypes.c_char_p, _Handle),
    "vkmbv3_notices": (ctypes.c_char_p, _Handle),
    "vkmbv3_classify": (ctypes.c_int, _Handle, ctypes.POINTER(_Image), *_ANSWER),
    "vkmbv3_classify_file": (ctypes.c_int, _Handle, ctypes.c_char_p, *_ANSWER),
    "vkmbv3_classify_encoded": (ctypes.c_int, _Handle, ctypes.c_char_p, ctypes.c_size_t, *_ANSWER),
}


def _load():
    path = os.environ.get("VKMBV3_LIBRARY")
    if not path:
        beside = (folder / _SONAME for folder in list(pathlib.Path(__file__).resolve().parents)[:4])
        path = next((str(candidate) for candidate in beside if candidate.exists()), _SONAME)
    library = ctypes.CDLL(path)
    for name, (result, *arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()


def version():
    """The library's version, "1.2.3"."""
    return _library.vkmbv3_version().decode()


def _failure():
    return Error(_STATUSES[_library.vkmbv3_last_status()], _library.vkmbv3_last_error().decode(errors="replace"))


def _check(status):
    if status:
        raise _failure()


def _found(value):
    if not value:
        raise _failure()
    return value


def _path(name):
    """The path as the library takes it: to its first zero, so that one within is refused, as by open()."""
    path = os.fsencode(name)
    if b"\0" in path:
        raise ValueError("embedded null byte in a path")
    return path


def _bytes_of(array):
    """The array as bytes in rows without gaps; what is no uint8 is refused, because its scale is not known."""
    if array.dtype != numpy.uint8:
        raise TypeError(f"an image's values are uint8, not {array.dtype}")
    return numpy.ascontiguousarray(array)


def _packed(array, name):
    array = _bytes_of(array)
    if array.ndim == 2:
        array = array[..., numpy.newaxis]
    if array.ndim != 3 or (name is None and array.shape[2] not in _CHANNELS):
        raise ValueError(f"an image is height x width x 3 or 4, or height x width, not {array.shape}")
    number, channels = _PACKED[name or _CHANNELS[array.shape[2]]]
    if array.shape[2] != channels:
        raise ValueError(f"{name} has {channels} values a pixel, not {array.shape[2]}")
    height, width, _ = array.shape
    return _Image(format=number, width=width, height=height, pixels=array.ctypes.data), (array,)


def _semi_planar(image, name):
    if not isinstance(image, (tuple, list)):
        # Both planes in one array, as OpenCV has them.
        rows, width = image.shape if image.ndim == 2 else (0, 0)
        if rows < 3 or rows % 3 or width % 2:
            raise ValueError(f"{name} in one array is height * 3 / 2 x width of even sizes, not {image.shape}: pass (luma, chroma)")
        height = rows // 3 * 2
        image = image[:height], image[height:]
    luma, chroma = map(_bytes_of, image)
    height, width = luma.shape if luma.ndim == 2 else (0, 0)
    pairs = ((height + 1) // 2, (width + 1) // 2, 2)
    if not height or not width or chroma.shape not in (pairs, (pairs[0], 2 * pairs[1])):
        raise ValueError(f"{name} of {luma.shape} has colours of {pairs}, not {chroma.shape}")
    return _Image(format=_SEMI_PLANAR[name], width=width, height=height, pixels=luma.ctypes.data, chroma=chroma.ctypes.data,
                  chroma_stride=2 * pairs[1]), (luma, chroma)


class Classifier:
    """A trained network on one device. Threads may share it."""

    def __init__(self, weights, device=None, precision="fp32", labels=None):
        """`weights`, `labels`: files; `device`: an index of `vkmbv3 devices`; `precision`: fp32, amp or auto."""
        self._handle = _Handle()
        if precision not in _PRECISIONS:
            raise ValueError(f"precision is one of {', '.join(_PRECISIONS)}, not {precision!r}")
        if device is not None and not 0 <= device < 2**31:
            raise ValueError(f"device is an index, not {device}")
        options = _Options(ctypes.sizeof(_Options), -1 if device is None else device, _PRECISIONS[precision],
                           None if labels is None else _path(labels))
        _check(_library.vkmbv3_open(_path(weights), ctypes.byref(options), ctypes.byref(self._handle)))
        count = _found(_library.vkmbv3_class_count(self._handle))
        self.classes = [_found(_library.vkmbv3_class_name(self._handle, i)).decode(errors="replace") for i in range(count)]
        self.device = _library.vkmbv3_device(self._handle).decode(errors="replace")
        self.precision = _library.vkmbv3_precision(self._handle).decode()
        self.notices = _library.vkmbv3_notices(self._handle).decode(errors="replace").splitlines()

    def close(self):
        """Frees the device. What is still classified on other threads ends first."""
        handle, self._handle = self._handle, _Handle()
        _check(_library.vkmbv3_close(handle))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __reduce__(self):
        raise TypeError("a classifier can be neither copied nor pickled: threads may share it, and a process opens its own")

    def __del__(self):
        if getattr(self, "_handle", None):
            _library.vkmbv3_close(self._handle)

    def classify(self, image, top=5, format=None, rotation=0):
        """Classification(top, logits): the `top` most probable classes, and the output for every class.

        `image` is a path, the bytes of an image file, an image of Pillow, or an array of uint8: height x width x 3 or 4 or
        height x width, in the order that `format` names (RGB, RGBA, BGR, BGRA, GRAY), or with NV12, NV21, NV12_FULL_RANGE or
        NV21_FULL_RANGE as OpenCV has them, or (luma, chroma). An array is turned clockwise by `rotation`
        degrees: 0, 90, 180 or 270. A file is turned as its EXIF data say; an image of Pillow is taken as it is."""
        if not self._handle:
            raise Error("invalid argument", "the classifier is closed")
        predictions = (_Prediction * min(max(top, 0), len(self.classes)))()
        logits = (ctypes.c_float * len(self.classes))()
        answer = predictions, len(predictions), logits, len(logits)
        if hasattr(image, "getbands"):  # Pillow's: the values of its other modes may be no colours
            if image.mode in _NOT_8_BITS or image.mode.startswith("I;"):
                raise ValueError(f"an image's values are 8 bits, which Pillow's mode {image.mode} has not: pass its file")
            image = image.convert("RGB")
        if isinstance(image, (str, os.PathLike)):
            self._only_arrays(format, rotation)
            status = _library.vkmbv3_classify_file(self._handle, _path(image), *answer)
        elif isinstance(image, (bytes, bytearray, memoryview)):
            self._only_arrays(format, rotation)
            data = bytes(image)
            status = _library.vkmbv3_classify_encoded(self._handle, data, len(data), *answer)
        else:
            described, kept = self._described(image, format, rotation)
            status = _library.vkmbv3_classify(self._handle, ctypes.byref(described), *answer)
            del kept  # until here the pixels are alive
        _check(status)
        found = [Prediction(p.label, self.classes[p.label], p.probability) for p in predictions]
        return Classification(found, list(logits) if numpy is None else numpy.array(logits, numpy.float32))

    @staticmethod
    def _only_arrays(name, rotation):
        if name is not None or rotation:
            raise ValueError("a file says itself what it holds: format and rotation are those of arrays")

    @staticmethod
    def _described(image, name, rotation):
        if numpy is None:
            raise TypeError("arrays need numpy; pass a path or the bytes of an image file")
        if name is not None and name not in _PACKED and name not in _SEMI_PLANAR:
            raise ValueError(f"format is one of {', '.join([*_PACKED, *_SEMI_PLANAR])}, not {name!r}")
        if rotation not in (0, 90, 180, 270):
            raise ValueError(f"rotation is 0, 90, 180 or 270, not {rotation}")
        if name in _SEMI_PLANAR:
            planes = tuple(map(numpy.asarray, image)) if isinstance(image, (tuple, list)) else numpy.asarray(image)
            described, kept = _semi_planar(planes, name)
        else:
            described, kept = _packed(numpy.asarray(image), name)
        if max(kept[0].shape[:2]) >= 2**31:
            raise ValueError("the image is too large")
        described.struct_size = ctypes.sizeof(_Image)
        described.rotation = rotation
        return described, kept
