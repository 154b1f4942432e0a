"""A published model on 200 photographs: `eval` finds what PyTorch finds.

Needs VKMBV3_DATA: models/mobilenet_v3_small_imagenet_tf.pth and data/imagenet-sample.tar, which holds
imagenet-sample/labels.csv (path,label) and the photographs.
"""

import csv
import json
import os
import pathlib
import tarfile
import tempfile
import unittest

import program
import torch
from networks import Network
from PIL import Image
from torchvision import transforms

# TensorFlow's conventions; batch norm is folded into the weights.
NETWORK = Network("mobilenet_v3_small", padding="same", bn_eps=0.001)
HALF = (0.5, 0.5, 0.5)


class PublishedModelTest(program.DeviceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = pathlib.Path(os.environ.get("VKMBV3_DATA", ""))
        cls.weights = root / "models" / "mobilenet_v3_small_imagenet_tf.pth"
        archive = root / "data" / "imagenet-sample.tar"
        if "VKMBV3_DATA" not in os.environ:
            raise unittest.SkipTest("VKMBV3_DATA is not set")
        if not cls.weights.exists() or not archive.exists():
            raise unittest.SkipTest(f"{cls.weights} or {archive} is absent")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        with tarfile.open(archive) as tar:
            tar.extractall(folder.name)
        cls.labels = pathlib.Path(folder.name) / "imagenet-sample" / "labels.csv"

    def torch_accuracy(self):
        """Fractions right of PyTorch: (top-1, top-5)."""
        network = NETWORK.build().eval()
        network.load_state_dict(torch.load(self.weights))
        prepare = transforms.Compose(
            [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(HALF, HALF)]
        )
        hits = []
        with open(self.labels, newline="") as file:
            for row in csv.DictReader(file):
                image = Image.open(self.labels.parent / row["path"]).convert("RGB")
                with torch.no_grad():
                    best = network(prepare(image)[None])[0].topk(5).indices.tolist()
                hits.append((best[0] == int(row["label"]), int(row["label"]) in best))
        return tuple(sum(column) / len(hits) for column in zip(*hits))

    def test_accuracy_is_pytorchs(self):
        half = ",".join(map(str, HALF))
        result = json.loads(
            program.run(
                "eval", "--weights", self.weights, *NETWORK.flags(), "--data", f"list:{self.labels}", "--mean", half,
                "--std", half, "--crop-pct", 0.875, "--batch-size", 20,
            )
        )
        self.assertEqual(result["images"], 200)
        expected = self.torch_accuracy()
        print(f"program {result['top1']:.3f} {result['top5']:.3f}, PyTorch {expected[0]:.3f} {expected[1]:.3f}")
        # Two JPEG decoders may tip one photograph.
        self.assertAlmostEqual(result["top1"], expected[0], delta=1.001 / 200)
        self.assertAlmostEqual(result["top5"], expected[1], delta=1.001 / 200)
