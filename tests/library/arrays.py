"""usage: arrays.py WEIGHTS IMAGE
The Python module with numpy: every form of the same picture has the same answer, and what is no picture is refused."""

import concurrent.futures
import copy
import os
import pathlib
import sys
import unittest

import numpy
import vkmbv3

WEIGHTS, IMAGE = sys.argv[1:]


def read_ppm(path):
    header, data = pathlib.Path(path).read_bytes().split(b"\n", 1)
    width, height = map(int, header.split()[1:3])
    return numpy.frombuffer(data, numpy.uint8).reshape(height, width, 3)


def bt601(luma, chroma, order, limited):
    """RGB by the definition of Y, Cb and Cr in BT.601, solved in double precision."""
    height, width = luma.shape
    pairs = chroma.astype(float).repeat(2, 0).repeat(2, 1)[:height, :width] - 128
    cb, cr = (pairs[..., order.index(name)] / (224 if limited else 255) for name in ("cb", "cr"))
    y = (luma - 16.0) / 219 if limited else luma / 255.0
    red, blue = y + 1.402 * cr, y + 1.772 * cb
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return numpy.rint(255 * numpy.stack([red, green, blue], -1)).clip(0, 255).astype(numpy.uint8)


class ArraysTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.classifier = vkmbv3.Classifier(WEIGHTS)
        cls.rgb = read_ppm(IMAGE)
        cls.expected = cls.classifier.classify(IMAGE)

    def same(self, image, **options):
        result = self.classifier.classify(image, **options)
        self.assertEqual(result.top, self.expected.top)
        numpy.testing.assert_array_equal(result.logits, self.expected.logits)

    def test_what_is_open(self):
        self.assertEqual(self.classifier.classes, ["0", "1", "2", "3"])
        self.assertIn("device 0", self.classifier.device)
        self.assertEqual(self.classifier.precision, "fp32")
        self.assertEqual(self.classifier.notices, [])
        self.assertRegex(vkmbv3.version(), r"^\d+\.\d+\.\d+$")

    def test_answers(self):
        top, logits = self.expected
        self.assertEqual(logits.dtype, numpy.float32)
        odds = numpy.exp(logits.astype(float) - logits.max())
        order = numpy.argsort(-odds, kind="stable")
        self.assertEqual([p.label for p in top], order.tolist())
        numpy.testing.assert_allclose([p.probability for p in top], (odds / odds.sum())[order], rtol=1e-6)
        self.assertEqual(len(self.classifier.classify(IMAGE, top=2).top), 2)
        self.assertEqual(self.classifier.classify(IMAGE, top=0).top, [])

    def test_orders_and_strides(self):
        self.same(self.rgb)
        alpha = numpy.full((*self.rgb.shape[:2], 1), 99, numpy.uint8)
        self.same(numpy.concatenate([self.rgb, alpha], 2))
        self.same(self.rgb[..., ::-1], format="BGR")
        self.same(numpy.concatenate([self.rgb[..., ::-1], alpha], 2), format="BGRA")
        wide = numpy.zeros((2 * self.rgb.shape[0], 3 * self.rgb.shape[1], 3), numpy.uint8)
        wide[::2, ::3] = self.rgb
        self.same(wide[::2, ::3])
        self.same(numpy.asfortranarray(self.rgb))

    def test_rotations(self):
        for turns in range(4):
            self.same(numpy.rot90(self.rgb, turns), rotation=90 * turns)

    def test_grey(self):
        grey = numpy.ascontiguousarray(self.rgb[..., 0])
        numpy.testing.assert_array_equal(self.classifier.classify(grey).logits,
                                         self.classifier.classify(numpy.stack([grey] * 3, -1)).logits)

    def test_camera_frames_of_odd_and_even_sizes(self):
        draw = numpy.random.default_rng(3)
        for height, width in ((18, 22), (19, 23)):
            luma = draw.integers(0, 256, (height, width), numpy.uint8)
            chroma = draw.integers(0, 256, ((height + 1) // 2, (width + 1) // 2, 2), numpy.uint8)
            for name, order, limited in (("NV12", ("cb", "cr"), True), ("NV21", ("cr", "cb"), True),
                                         ("NV12_FULL_RANGE", ("cb", "cr"), False), ("NV21_FULL_RANGE", ("cr", "cb"), False)):
                with self.subTest(format=name, width=width):
                    expected = self.classifier.classify(bt601(luma, chroma, order, limited)).logits
                    result = self.classifier.classify((luma, chroma), format=name).logits
                    numpy.testing.assert_array_equal(result, expected)
                    if height % 2 == 0:
                        both = numpy.concatenate([luma, chroma.reshape(height // 2, width)])
                        numpy.testing.assert_array_equal(self.classifier.classify(both, format=name).logits, expected)

    def test_images_of_pillow(self):
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("Pillow is not installed")
        self.same(Image.fromarray(self.rgb))
        with_palette = Image.fromarray(self.rgb).quantize(8)
        numpy.testing.assert_array_equal(self.classifier.classify(with_palette).logits,
                                         self.classifier.classify(numpy.asarray(with_palette.convert("RGB"))).logits)

        for mode in ("I", "I;16", "F"):
            with self.assertRaisesRegex(ValueError, "8 bits"):
                self.classifier.classify(Image.new(mode, (9, 9)))

    def test_threads(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for result in pool.map(self.classifier.classify, 6 * [self.rgb]):
                numpy.testing.assert_array_equal(result.logits, self.expected.logits)

    def test_what_is_no_image(self):
        cases = ((TypeError, self.rgb.astype(numpy.float32), {}),
                 (ValueError, self.rgb[..., :2], {}),
                 (ValueError, self.rgb[numpy.newaxis], {}),
                 (ValueError, self.rgb, {"format": "RGBA"}),
                 (ValueError, self.rgb, {"format": "rgb565"}),
                 (ValueError, self.rgb[..., 0], {"format": "NV21"}),
                 (ValueError, (self.rgb[..., 0], self.rgb[..., :2]), {"format": "NV21"}),
                 (ValueError, f"{IMAGE}\0", {}),
                 (ValueError, IMAGE, {"rotation": 90}),
                 (ValueError, self.rgb, {"rotation": 45}),
                 (vkmbv3.Error, self.rgb[:0], {}),
                 (vkmbv3.Error, b"no image", {}))
        for error, image, options in cases:
            with self.subTest(options=options), self.assertRaises(error):
                self.classifier.classify(image, **options)

    def test_what_cannot_be_opened(self):
        for status, arguments in (("file", {"weights": "absent.pth"}), ("weights", {"weights": IMAGE}),
                                  ("no vulkan", {"weights": WEIGHTS, "device": 99}),
                                  ("file", {"weights": WEIGHTS, "labels": "absent.txt"})):
            with self.assertRaises(vkmbv3.Error) as raised:
                vkmbv3.Classifier(**arguments)
            self.assertEqual(raised.exception.status, status)
        for arguments in ({"precision": "fp64"}, {"device": -1}, {"device": 2**32}):
            with self.assertRaises(ValueError):
                vkmbv3.Classifier(WEIGHTS, **arguments)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_a_forked_process_is_told_to_start_anew(self):
        def child(use):
            try:
                use()
                said = "nothing"
            except vkmbv3.Error as error:
                said = str(error)
            os.write(writing, said.encode() + b"\n")

        with vkmbv3.Classifier(WEIGHTS, device=0) as opened:
            for use in (lambda: opened.classify(self.rgb), lambda: vkmbv3.Classifier(WEIGHTS), opened.close):
                reading, writing = os.pipe()
                if (process := os.fork()) == 0:
                    child(use)
                    os._exit(0)
                os.close(writing)
                with os.fdopen(reading) as answer:
                    self.assertIn("started anew", answer.read())
                self.assertEqual(os.waitpid(process, 0)[1], 0)
            self.assertEqual(len(opened.classify(self.rgb).top), min(5, len(opened.classes)))

    def test_is_not_copied(self):
        with vkmbv3.Classifier(WEIGHTS, device=0) as opened:
            with self.assertRaisesRegex(TypeError, "neither copied nor pickled"):
                copy.copy(opened)
            opened.classify(self.rgb)

    def test_closed(self):
        with vkmbv3.Classifier(WEIGHTS, device=0) as closed:
            pass
        closed.close()
        with self.assertRaises(vkmbv3.Error) as raised:
            closed.classify(self.rgb)
        self.assertEqual(raised.exception.status, "invalid argument")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
