#!/usr/bin/env python3
"""Draws the files of this folder with Pillow: one small picture in every encoding that decode_image reads, each with
what Pillow's convert("RGB") makes of it as NAME.rgb (height * width * 3 bytes). Run it in this folder."""
import math

from PIL import Image

WIDTH, HEIGHT = 19, 13


def picture() -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([(int(127 + 120 * math.sin(0.4 * x + 0.2 * y)), 12 * y + 40, 250 - 11 * x)
                   for y in range(HEIGHT) for x in range(WIDTH)])
    return image


def main() -> None:
    rgb = picture()
    rgba = rgb.copy()
    rgba.putalpha(Image.linear_gradient("L").resize(rgb.size))
    encodings = {
        "baseline.jpg": (rgb, {"quality": 90, "subsampling": 0}),
        "subsampled.jpg": (rgb, {"quality": 90, "subsampling": 2}),
        "progressive.jpg": (rgb, {"quality": 90, "progressive": True, "subsampling": 2}),
        "grey.jpg": (rgb.convert("L"), {"quality": 90}),
        "cmyk.jpg": (rgb.convert("CMYK"), {"quality": 95}),
        "rotated_by_exif.jpg": (rgb, {"quality": 90, "exif": orientation(6)}),
        "rgb.png": (rgb, {}),
        "alpha.png": (rgba, {}),
        "palette.png": (rgb.quantize(16), {}),
        "grey.png": (rgb.convert("L"), {}),
        "rgb.bmp": (rgb, {}),
        "rgb.ppm": (rgb, {}),
        "grey.pgm": (rgb.convert("L"), {}),
    }
    for name, (image, options) in encodings.items():
        image.save(name, **options)
        with open(name + ".rgb", "wb") as reference:
            reference.write(Image.open(name).convert("RGB").tobytes())


def orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


main()
