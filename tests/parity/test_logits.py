"""Logits of `predict` against PyTorch: the largest difference is at most 1e-4 of the largest logit."""

import pathlib
import tempfile

import numpy
import original_names
import program
import safetensors
import torch
from networks import Network, random_state
from PIL import Image
from torchvision import transforms

TOLERANCE = 1e-4
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

CASES = {
    "small": Network("mobilenet_v3_small"),
    "large": Network("mobilenet_v3_large"),
    "v2": Network("mobilenet_v2", input_size=160),
    "small_minimalistic": Network("mobilenet_v3_small_minimalistic", input_size=96),
    "large_minimalistic": Network("mobilenet_v3_large_minimalistic", input_size=96),
    "odd_size": Network("mobilenet_v3_large", input_size=97),
    "same_padding": Network("mobilenet_v3_small", input_size=96, padding="same"),
    "same_padding_on_odd_size": Network("mobilenet_v3_large", input_size=97, padding="same"),
    "same_padding_v2": Network("mobilenet_v2", input_size=96, padding="same"),
    "squeeze_before_activation": Network("mobilenet_v3_small", input_size=96, se_order="before"),
    "large_075_full_head": Network("mobilenet_v3_large", width=0.75, head="full", input_size=96),
    "small_050": Network("mobilenet_v3_small", width=0.5, input_size=96),
    "small_025": Network("mobilenet_v3_small", width=0.25, input_size=96),
    "v2_140": Network("mobilenet_v2", width=1.4, input_size=96),
    "v2_035": Network("mobilenet_v2", width=0.35, input_size=96),
    "cifar": Network("mobilenet_v3_small", num_classes=10, input_size=32, stem_stride=1),
    "cifar_block1": Network("mobilenet_v3_small", num_classes=10, input_size=32, stem_stride=1, block1_stride=1),
    "cifar_v2": Network("mobilenet_v2", num_classes=10, input_size=32, stem_stride=1, block1_stride=1),
    "seven_classes": Network("mobilenet_v3_large", num_classes=7, input_size=64),
    # Of the other programs' networks (dialects.py), at widths where their rules differ.
    "pengbo_large": Network("pengbo_v3_large", width=0.35, num_classes=10, input_size=64),
    "pengbo_small": Network("pengbo_v3_small", num_classes=11, input_size=64),
    "kuanwang_large": Network("kuanwang_v3_large", width=0.6, num_classes=10, input_size=65),
    "kuanwang_small": Network("kuanwang_v3_small", width=1.1, num_classes=10, input_size=64),
    "jungin500_small": Network("jungin500_v3_small", width=0.7, num_classes=9, input_size=65),
    "showlo_large": Network("showlo_v3_large", width=0.8, num_classes=10, input_size=64),
    "showlo_small": Network("showlo_v3_small", width=0.5, num_classes=10, input_size=64),
    "dli14_large": Network("dli14_v3_large", width=0.75, num_classes=10, input_size=64),
    "dli14_small": Network("dli14_v3_small", width=1.3, num_classes=10, input_size=64),
    "mindcv_v1": Network("mindcv_v1", width=0.3, num_classes=10, input_size=65),
    "mindcv_large": Network("mindcv_v3_large", width=0.75, num_classes=10, input_size=64),
    "mindcv_small": Network("mindcv_v3_small", num_classes=10, input_size=65),
    "akrapukhin_large": Network("akrapukhin_v3_large", width=0.1, num_classes=5, input_size=32),
    "akrapukhin_small": Network("akrapukhin_v3_small", width=0.25, num_classes=100, input_size=33),
    "tonylins_v2": Network("tonylins_v2", width=0.35, num_classes=10, input_size=64),
    "v1": Network("mobilenet_v1", width=0.5, num_classes=10, input_size=64),
    "v4_conv_small": Network("mobilenet_v4_conv_small", width=0.5, num_classes=10, input_size=64),
    "epsilon": Network("mobilenet_v3_small", input_size=64, bn_eps=0.05),
}


def random_images(count, height, width, seed):
    """Blobs with noise on top, uint8 [height, width, 3] each."""
    generator = numpy.random.default_rng(seed)
    for _ in range(count):
        blobs = Image.fromarray(generator.integers(0, 256, (5, 5, 3), dtype=numpy.uint8))
        smooth = numpy.asarray(blobs.resize((width, height), Image.BICUBIC), dtype=numpy.int16)
        noise = generator.integers(-20, 21, smooth.shape)
        yield numpy.clip(smooth + noise, 0, 255).astype(numpy.uint8)


def normalised(images, mean=MEAN, std=STD):
    """uint8 images -> [N, 3, H, W] as torchvision's transforms make it."""
    batch = torch.from_numpy(numpy.stack(images)).permute(0, 3, 1, 2).float() / 255
    return (batch - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def text(numbers):
    return ",".join(map(str, numbers))


class LogitsTest(program.DeviceTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def prepare(self, network, seed=1):
        """A network with random weights in evaluation mode, and the weights in a file."""
        module = network.build().eval()
        state = random_state(module, network.input_size, seed)
        weights = self.folder / "weights.safetensors"
        safetensors.save(weights, state)
        return module, weights

    def predict(self, network, weights, images, *options):
        """Logits the program gives for uint8 images."""
        paths = []
        for i, image in enumerate(images):
            paths.append(self.folder / f"{i}.png")
            Image.fromarray(image).save(paths[-1])
        rows = program.run_lines(
            "predict", "--weights", weights, *network.flags(), "--logits", "--mean", text(MEAN), "--std", text(STD),
            *options, *paths,
        )
        self.assertEqual([row["image"] for row in rows], [str(path) for path in paths])
        return rows

    def compare(self, module, rows, batch):
        with torch.no_grad():
            expected = module(batch)
        actual = torch.tensor([row["logits"] for row in rows])
        self.assertEqual(actual.shape, expected.shape)
        error = (actual - expected).abs().max() / expected.abs().max()
        print(f"largest difference / largest logit: {error:.1e}")
        self.assertLessEqual(error, TOLERANCE)
        for row, logits in zip(rows, expected):
            probability, label = torch.softmax(logits.double(), 0).max(0)
            self.assertEqual(row["top"][0]["class"], int(label))
            self.assertAlmostEqual(row["top"][0]["probability"], float(probability), delta=1e-3)

    def check(self, network):
        module, weights = self.prepare(network)
        images = list(random_images(3, network.input_size, network.input_size, seed=2))
        rows = self.predict(network, weights, images, "--crop-pct", 1)
        self.compare(module, rows, normalised(images))

    def test_torch_checkpoint(self):
        network = Network("mobilenet_v3_small", input_size=64, num_classes=20)
        module, _ = self.prepare(network, seed=3)
        weights = self.folder / "weights.pth"
        torch.save(module.state_dict(), weights)
        images = list(random_images(1, 64, 64, seed=4))
        rows = self.predict(network, weights, images, "--crop-pct", 1)
        self.compare(module, rows, normalised(images))

    def test_files_of_published_programs(self):
        """Under their own names, and without an option."""
        cases = {"pengbo_v3_small": 0.35, "jungin500_v3_small": 0.7, "dli14_v3_large": 0.35, "mindcv_v3_large": 0.35,
                 "akrapukhin_v3_small": 0.25}
        for model, width in cases.items():
            size = 32 if model.startswith("akrapukhin") else 224
            network = Network(model, width=width, num_classes=10, input_size=size)
            module = network.build().eval()
            weights = self.folder / f"{model}.pth"
            state = random_state(module, size, seed=9)
            torch.save({"state_dict": original_names.original(model, state)}, weights)
            image = self.folder / "image.png"
            pixels = next(random_images(1, size, size, seed=10))
            Image.fromarray(pixels).save(image)
            with self.subTest(model=model):
                rows = program.run_lines("predict", "--weights", weights, "--logits", "--mean", text(MEAN), "--std",
                                         text(STD), "--crop-pct", 1, image)
                self.compare(module, rows, normalised([pixels]))

    def test_resize_and_crop(self):
        network = Network("mobilenet_v3_small", input_size=64, num_classes=20)
        module, weights = self.prepare(network, seed=5)
        images = [next(random_images(1, *size, seed=6)) for size in ((150, 203), (301, 120), (40, 40))]
        # floor(64 / 0.875) = 73
        resize = transforms.Compose([transforms.Resize(73), transforms.CenterCrop(64)])
        crops = [numpy.asarray(resize(Image.fromarray(image))) for image in images]
        rows = self.predict(network, weights, images, "--crop-pct", 0.875)
        self.compare(module, rows, normalised(crops))

    def test_every_device(self):
        network = Network("mobilenet_v3_small", input_size=48, num_classes=10)
        module, weights = self.prepare(network, seed=7)
        images = list(random_images(2, 48, 48, seed=8))
        for device in program.devices():
            print(device["name"])
            rows = self.predict(network, weights, images, "--crop-pct", 1, "--device", device["index"])
            self.compare(module, rows, normalised(images))


program.add_cases(LogitsTest, LogitsTest.check, CASES)
