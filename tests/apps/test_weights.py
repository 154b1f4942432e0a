"""Weights as other programs leave them: the same network answers the same, whatever is around it."""

import argparse
import collections
import io
import pickle
import struct
import sys
import types
import unittest
import zipfile

import program

OPTIONS = ["--input-size", 16, "--stem-stride", 1]


class Tensor:
    """What torch.save writes of a tensor."""

    def __init__(self, shape, data):
        self.shape, self.data = tuple(shape), data

    def __reduce__(self):
        stride, step = [], 1
        for size in reversed(self.shape):
            stride.insert(0, step)
            step *= size
        return rebuild_tensor, (Storage(self.data, step), 0, self.shape, tuple(stride), False, collections.OrderedDict())


class Storage:
    def __init__(self, data, count):
        self.data, self.count = data, count


def rebuild_tensor(*_):
    raise AssertionError("only pickled, never called")


class FloatStorage:
    pass


def stand_in(module, name, value):
    """Lets pickle find a stand-in for PyTorch's under its name."""
    value.__module__, value.__qualname__, value.__name__ = module, name, name
    sys.modules.setdefault(module, types.ModuleType(module))
    setattr(sys.modules[module], name, value)


def save_torch(path, saved):
    stand_in("torch", "FloatStorage", FloatStorage)
    stand_in("torch._utils", "_rebuild_tensor_v2", rebuild_tensor)
    storages = []

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if not isinstance(value, Storage):
                return None
            storages.append(value.data)
            return "storage", FloatStorage, str(len(storages) - 1), "cuda:0", value.count

    file = io.BytesIO()
    Pickler(file, 2).dump(saved)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", file.getvalue())
        for i, data in enumerate(storages):
            archive.writestr(f"archive/data/{i}", data)
        archive.writestr("archive/version", "3\n")


class WeightsTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "data.safetensors", 8)
        program.save_picture(self.folder / "grey.ppm", 90)
        self.result("train", *program.TINY, "--data", "tensors:data.safetensors", "--batch-size", 8, "--max-steps", 1, "--out", "run")
        self.tensors, _ = program.load_tensors(self.folder / "run/weights.safetensors")
        self.expected = self.logits("run/weights.safetensors")

    def logits(self, weights, *options):
        return self.result("predict", "--weights", weights, *OPTIONS, *options, "--logits", "grey.ppm")["logits"]

    def test_no_option_names_the_network(self):
        program.save_tensors(self.folder / "bare.safetensors",
                             {"module." + name: tensor for name, tensor in self.tensors.items()}
                             | {"total_ops": ("F64", [1], bytes(8))})
        self.assertEqual(self.logits("bare.safetensors"), self.expected)
        self.assertIn("bare.safetensors: taken for --model mobilenet_v3_small --width 0.25 --num-classes 4", self.stderr_text)
        self.assertIn("1 of its tensors is no part of the network and was ignored: total_ops", self.stderr_text)
        self.logits("bare.safetensors", "--quiet")
        self.assertNotIn("taken for", self.stderr_text)
        evaluated = self.result("eval", "--weights", "bare.safetensors", *OPTIONS, "--data", "tensors:data.safetensors")
        self.assertEqual(evaluated["images"], 8)

    def test_a_checkpoint(self):
        weights = collections.OrderedDict((name, Tensor(shape, data)) for name, (dtype, shape, data) in self.tensors.items()
                                          if dtype == "F32")
        zeros = {name: Tensor(tensor.shape, bytes(len(tensor.data))) for name, tensor in weights.items()}
        save_torch(self.folder / "checkpoint.pth",
                   {"args": argparse.Namespace(lr=0.1), "seen": {1, 2}, "loss": Tensor([], struct.pack("<f", 1)),
                    "optimizer": {"state": zeros}, "my own key": [{"net": dict(zeros)}], "ema": weights})
        self.assertEqual(self.logits("checkpoint.pth"), self.expected)
        self.assertIn("the weights under 'ema' were taken; those under 'my own key[0].net' fit too", self.stderr_text)

    def test_weights_go_back_under_the_names_they_came_with(self):
        self.result("convert", "run/weights.safetensors", "timm.safetensors", "--names", "timm")
        self.assertIn("this network has bn-eps 0.001, where timm takes it to have 1e-05: set it there", self.stderr_text)
        named, _ = program.load_tensors(self.folder / "timm.safetensors")
        self.assertIn("conv_stem.weight", named)
        self.assertEqual(self.logits("timm.safetensors"), self.expected)
        self.result("train", "--init", "timm.safetensors", *OPTIONS, "--data", "tensors:data.safetensors", "--batch-size", 8,
                    "--max-steps", 1, "--out", "tuned")
        self.result("train", "--resume", "tuned", "--max-steps", 2)
        for ours in ("tuned/weights.safetensors",):
            self.assertIn("features.0.0.weight", program.load_tensors(self.folder / ours)[0])
            self.result("convert", ours, "back.safetensors", "--names", "original")
            back, _ = program.load_tensors(self.folder / "back.safetensors")
            self.assertEqual({name: tensor[:2] for name, tensor in back.items()},
                             {name: tensor[:2] for name, tensor in named.items()})
        self.refused("jungin500 has no names for mobilenet_v3_small", "convert", "run/weights.safetensors", "other.pth",
                     "--names", "jungin500", status=2)
        self.refused("names the tensors of a state dict, and .onnx is a network", "convert", "run/weights.safetensors", "timm.onnx",
                     "--names", "timm", status=2)

    def test_what_was_said_of_weights_goes_along(self):
        self.result("convert", "run/weights.safetensors", "said.safetensors", "--metadata", "licence=CC0", "--metadata", "note=first")
        self.result("convert", "said.safetensors", "again.onnx", "--metadata", "note=second")
        self.result("convert", "again.onnx", "back.pth")
        self.result("convert", "back.pth", "end.safetensors")
        _, metadata = program.load_tensors(self.folder / "end.safetensors")
        _, plain = program.load_tensors(self.folder / "run/weights.safetensors")
        self.assertEqual(metadata, plain | {"licence": "CC0", "note": "second"})
        done = self.run_program("convert", "said.safetensors", "left.ckpt")
        self.assertIn("no place for metadata, which are left out: licence, note", done.stderr_text)

    def test_files_say_what_people_add(self):
        self.result("convert", "run/weights.safetensors", "said.safetensors", "--metadata", "licence=CC0", "--metadata",
                    "accuracy=61 = 2 of 3")
        _, metadata = program.load_tensors(self.folder / "said.safetensors")
        self.assertEqual((metadata["licence"], metadata["accuracy"]), ("CC0", "61 = 2 of 3"))
        self.assertEqual(self.logits("said.safetensors"), self.expected)
        wrong = {"licence": "give KEY=TEXT", "=CC0": "give KEY=TEXT", "width=2": "by 'width' the network is read",
                 "class-names=x": "by 'class-names' the network is read", "torch.classes=x": "the network is read"}
        for entry, pattern in wrong.items():
            self.refused(pattern, "convert", "run/weights.safetensors", "x.safetensors", "--metadata", entry, status=2)
        self.refused("'licence' is given twice", "convert", "run/weights.safetensors", "x.safetensors", "--metadata", "licence=CC0",
                     "--metadata", "licence=MIT", status=2)
        self.refused("has no place", "convert", "run/weights.safetensors", "x.ckpt", "--metadata", "licence=CC0", status=2)
        self.assertFalse((self.folder / "x.safetensors").exists())

    def test_what_is_something_else_is_named(self):
        def refused(pattern, name, *options):
            self.refused(pattern, "predict", "--weights", name, *OPTIONS, "grey.ppm", *options)

        (self.folder / "pointer.pth").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
        refused("pointer.pth: it is a Git LFS pointer.*git lfs pull", "pointer.pth")
        stranger = {"conv1.weight": ("F32", [1, 1], bytes(4)), "features.0.0.weight": ("F32", [1], bytes(4))}
        program.save_tensors(self.folder / "stranger.safetensors", stranger)
        for options in ([], ["--model", "mobilenet_v2"]):
            refused(r"stranger.safetensors: .*holds conv1.weight \[1, 1\], .*\(2 tensors\).*nearest is mobilenet_",
                    "stranger.safetensors", *options)


if __name__ == "__main__":
    unittest.main()
