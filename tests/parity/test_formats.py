"""Weights in other programs' formats: what `convert` writes is what they compute, and what they write is read.

OpenCV, ONNX's checker and ONNX Runtime are asked where they are installed (python3-opencv, python3-onnx, and npm's
onnxruntime-node where NODE_PATH names it).
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import program
import torch
from networks import Network, random_state
from torch import nn

try:
    import cv2
except ImportError:
    cv2 = None
try:
    import onnx
except ImportError:
    onnx = None

TOLERANCE = 1e-4
HERE = pathlib.Path(__file__).resolve().parent


def has_onnxruntime():
    try:
        done = subprocess.run(["node", "-e", "require('onnxruntime-node')"], capture_output=True, timeout=100)
    except OSError:
        return False
    return done.returncode == 0


ONNXRUNTIME = has_onnxruntime()

CASES = {
    "small": Network("mobilenet_v3_small", input_size=64, num_classes=7),
    "large_same_before": Network(
        "mobilenet_v3_large", width=0.5, input_size=65, num_classes=5, padding="same", se_order="before"
    ),
    "v2_same": Network("mobilenet_v2", width=0.35, input_size=64, num_classes=5, padding="same"),
    "minimalistic": Network("mobilenet_v3_small_minimalistic", input_size=32, num_classes=5, stem_stride=1),
}


class FormatsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def prepare(self, network):
        """A network with random weights, and a .pth file of it."""
        self.module = network.build().eval()
        self.module.load_state_dict(random_state(self.module, network.input_size, seed=1))
        torch.save(self.module.state_dict(), self.folder / "in.pth")
        self.image = torch.randn(1, 3, network.input_size, network.input_size, generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            self.expected = self.module(self.image)

    def convert(self, source, out, *options):
        return json.loads(program.run("convert", self.folder / source, self.folder / out, *options))

    def compare(self, logits, tolerance=TOLERANCE):
        error = float((logits - self.expected).abs().max() / self.expected.abs().max())
        print(f"largest difference / largest logit: {error:.1e}")
        self.assertLessEqual(error, tolerance)

    def logits_of(self, network, path):
        """What PyTorch computes with a state dict file."""
        module = network.build().eval()
        module.load_state_dict(torch.load(self.folder / path, weights_only=True))
        with torch.no_grad():
            return module(self.image)

    def onnxruntime(self, path, images):
        images.numpy().astype("<f4").tofile(self.folder / "images.f32")
        command = ["node", HERE / "onnxruntime_logits.js", self.folder / path, self.folder / "images.f32", *images.shape]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stderr)
        output = json.loads(done.stdout)
        return torch.tensor(output["values"]).reshape(output["shape"])

    def check(self, network):
        self.prepare(network)
        for options in (), ("--fold",):
            said = self.convert("in.pth", "out.pth", *network.flags(), *options)
            self.assertEqual(said["model"], network.model)
            self.assertEqual(said["tensors"], len(self.module.state_dict()))
            self.assertEqual(said["parameters"], sum(p.numel() for p in self.module.parameters()))
            self.compare(self.logits_of(network, "out.pth"))
            self.convert("in.pth", "out.onnx", *network.flags(), *options)
            if cv2:
                net = cv2.dnn.readNetFromONNX(str(self.folder / "out.onnx"))
                net.setInput(self.image.numpy())
                self.compare(torch.from_numpy(net.forward()))
            if onnx:
                onnx.checker.check_model(onnx.load(self.folder / "out.onnx"), full_check=True)
            if ONNXRUNTIME:
                twice = self.onnxruntime("out.onnx", self.image.repeat(2, 1, 1, 1))
                self.compare(twice[:1])
                self.compare(twice[1:])
            self.convert("out.onnx", "back.pth")
            self.compare(self.logits_of(network, "back.pth"))

    def check_export(self, network):
        """ONNX files of PyTorch, with batch norm and folded, as every opset has the operators."""
        self.prepare(network)
        # Padding that is computed takes an exporter seconds.
        for opset in (9, 13, 17) if network.padding == "symmetric" else (13,):
            for mode in (torch.onnx.TrainingMode.EVAL, torch.onnx.TrainingMode.PRESERVE)[: 1 if opset == 13 else 2]:
                torch.onnx.export(self.module, self.image, self.folder / "torch.onnx", opset_version=opset, training=mode)
                self.convert("torch.onnx", "back.pth")
                self.compare(self.logits_of(network, "back.pth"))

    def test_a_classifier_of_its_own_with_batch_norm(self):
        """As people fine-tune: what they put behind the network has PyTorch's default epsilon, and not the network's."""
        network = CASES["small"]
        self.prepare(network)
        torch.manual_seed(3)
        layers = nn.Linear(576, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 7)
        self.module.classifier = nn.Sequential(*layers)
        norm = self.module.classifier[1]
        norm.running_var.uniform_(1e-3, 1e-2)  # as of features that are small
        norm.running_mean.normal_(0, 0.1)
        nn.init.normal_(self.module.classifier[0].bias, 0, 0.1)
        self.module.eval()
        torch.save(self.module.state_dict(), self.folder / "in.pth")
        with torch.no_grad():
            self.expected = self.module(self.image)
        torch.onnx.export(self.module, self.image, self.folder / "torch.onnx", opset_version=13)
        for source in "in.pth", "torch.onnx":
            for options in (), ("--fold",):
                self.convert(source, "out.onnx", "--input-size", network.input_size, *options)
                if cv2:
                    net = cv2.dnn.readNetFromONNX(str(self.folder / "out.onnx"))
                    net.setInput(self.image.numpy())
                    self.compare(torch.from_numpy(net.forward()))
                self.convert(source, "out.pth", "--input-size", network.input_size, *options)
                self.module.load_state_dict(torch.load(self.folder / "out.pth", weights_only=True))
                with torch.no_grad():
                    self.compare(self.module(self.image))

    def test_a_layer_without_bias_whose_weights_an_exporter_left_unfolded(self):
        """It is a MatMul with what a Transpose makes of them."""
        network = CASES["small"]
        self.prepare(network)
        self.module.classifier[3] = nn.Linear(1024, 7, bias=False)
        with torch.no_grad():
            self.expected = self.module(self.image)
        torch.onnx.export(self.module, self.image, self.folder / "torch.onnx", opset_version=13, do_constant_folding=False)
        self.convert("torch.onnx", "out.pth")
        self.module.classifier[3] = nn.Linear(1024, 7)  # the network's own, with a bias of 0
        self.module.load_state_dict(torch.load(self.folder / "out.pth", weights_only=True))
        with torch.no_grad():
            self.compare(self.module(self.image))

    def test_half_precision(self):
        network = CASES["small"]
        self.prepare(network)
        for out in ("half.pth", "half.safetensors", "half.onnx"):
            self.convert("in.pth", out, *network.flags(), "--fp16")
            if onnx and out == "half.onnx":
                onnx.checker.check_model(onnx.load(self.folder / out), full_check=True)
            if ONNXRUNTIME and out == "half.onnx":
                self.compare(self.onnxruntime(out, self.image), tolerance=2e-2)
            self.convert(out, "back.pth")
            self.compare(self.logits_of(network, "back.pth"), tolerance=2e-2)

    def test_a_round_trip_keeps_every_byte(self):
        network = CASES["v2_same"]
        self.prepare(network)
        source = "in.pth"
        for out in ("a.safetensors", "b.ckpt", "c.pth", "d.onnx", "e.pth"):
            self.convert(source, out, *network.flags())
            source = out
        for name, tensor in torch.load(self.folder / "e.pth", weights_only=True).items():
            if not name.endswith("num_batches_tracked"):
                self.assertTrue(torch.equal(tensor, self.module.state_dict()[name]), name)


class PublishedFilesTest(unittest.TestCase):
    """Needs VKMBV3_DATA: its folder models/."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        if "VKMBV3_DATA" not in os.environ:
            raise unittest.SkipTest("VKMBV3_DATA is not set")
        self.models = pathlib.Path(os.environ["VKMBV3_DATA"]) / "models"

    def converted(self, name):
        if not (self.models / name).exists():
            raise unittest.SkipTest(f"{self.models / name} is absent")
        said = json.loads(program.run("convert", self.models / name, self.folder / "out.pth"))
        return said, torch.load(self.folder / "out.pth", weights_only=True)

    def test_eight_bits_become_what_another_program_made_of_them(self):
        said, weights = self.converted("mobilenet_v3_small_uint8.tflite")
        self.assertEqual(said["model"], "mobilenet_v3_small")
        expected = torch.load(self.models / "mobilenet_v3_small_imagenet_tf.pth")
        self.assertEqual(weights.keys(), expected.keys())
        for name, tensor in expected.items():
            self.assertTrue(torch.equal(weights[name], tensor), name)

    def test_eight_bits_a_channel(self):
        said, weights = self.converted("mobilenet_v2_int8.tflite")
        self.assertEqual((said["model"], said["parameters"]), ("mobilenet_v2", 3504872))

    def test_an_export_of_teachable_machine_has_its_backbone(self):
        _, weights = self.converted("teachable_machine_export")
        expected = torch.load(self.models / "mobilenet_v2_035_backbone.pth")
        for name, tensor in expected.items():
            # What was trained with an epsilon of 1e-3 is told as a variance with PyTorch's.
            if name.endswith("running_var"):
                torch.testing.assert_close(weights[name] + 1e-3, tensor + 1e-5)
            elif not name.endswith("num_batches_tracked"):
                torch.testing.assert_close(weights[name], tensor)
        self.assertEqual(weights["classifier.0.weight"].shape, (100, 1280))
        self.assertEqual(weights["classifier.3.weight"].shape, (3, 100))


program.add_cases(FormatsTest, FormatsTest.check, CASES)
# A trace rounds quotients towards zero, which makes another padding of odd sizes.
EXPORTS = {f"export_{name}": dataclasses.replace(case, input_size=64) for name, case in CASES.items()}
program.add_cases(FormatsTest, FormatsTest.check_export, EXPORTS)
