#!/usr/bin/env python3
"""Draws the files of this folder: one small picture in every encoding that decode_image reads, each with what Pillow's
ImageOps.exif_transpose and convert("RGB") make of it as NAME.rgb (height * width * 3 bytes), or with what it should be
where Pillow is wrong. Needs Pillow 9.4 with libjpeg-turbo, and jpegtran. Run it in this folder."""
import io
import math
import pathlib
import struct
import subprocess
import zlib

from PIL import Image, ImageOps

WIDTH, HEIGHT = 19, 13


def picture() -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([(int(127 + 120 * math.sin(0.4 * x + 0.2 * y)), 12 * y + 40, 250 - 11 * x)
                   for y in range(HEIGHT) for x in range(WIDTH)])
    return image


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def orientation(value: int, big_endian: bool = False) -> bytes:
    order = ">" if big_endian else "<"
    return (b"MM\0*" if big_endian else b"II*\0") + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)


RGB = picture()
GREY = RGB.convert("L")
PALETTE = RGB.quantize(16)
RGBA = RGB.copy()
RGBA.putalpha(Image.linear_gradient("L").resize(RGB.size))


# --- JPEG -------------------------------------------------------------------------------------------------------------

def segments(jpeg: bytes):
    """The markers before the entropy-coded data, (marker, whole segment), and the rest."""
    found, at = [], 2
    while True:
        marker, size = jpeg[at + 1], struct.unpack(">H", jpeg[at + 2:at + 4])[0]
        found.append((marker, jpeg[at:at + 2 + size]))
        at += 2 + size
        if marker == 0xDA:
            return found, jpeg[at:]


def without(jpeg: bytes, marker: int) -> bytes:
    head, rest = segments(jpeg)
    return jpeg[:2] + b"".join(segment for kind, segment in head if kind != marker) + rest


def jpegtran(jpeg: bytes, *options: str) -> bytes:
    return subprocess.run(["jpegtran", *options], input=jpeg, capture_output=True, check=True).stdout


def jpegs() -> dict:
    baseline = encoded(RGB, "JPEG", quality=90, subsampling=0)
    subsampled = encoded(RGB, "JPEG", quality=90, subsampling=2)
    cmyk = encoded(RGB.convert("CMYK"), "JPEG", quality=95)
    restarts = jpegtran(baseline, "-restart", "1B")
    middle = restarts.index(b"\xff\xd2")
    head, data = segments(baseline)
    damaged = bytearray(baseline)
    damaged[len(baseline) - len(data) // 2] ^= 0x55
    return {
        "baseline.jpg": baseline,
        "subsampled.jpg": subsampled,
        "progressive.jpg": encoded(RGB, "JPEG", quality=90, progressive=True, subsampling=2),
        "grey.jpg": encoded(GREY, "JPEG", quality=90),
        "arithmetic.jpg": jpegtran(subsampled, "-arithmetic"),
        "arithmetic_progressive.jpg": jpegtran(subsampled, "-arithmetic", "-progressive"),
        "no_huffman_tables.jpg": without(subsampled, 0xC4),
        "restarts.jpg": restarts,
        "lost_restart.jpg": restarts[:middle] + restarts[middle + 2:],
        "damaged.jpg": bytes(damaged),
        "early_end.jpg": baseline[:-len(data) // 2] + b"\xff\xd9",
        "cmyk.jpg": cmyk,
        "cmyk_without_adobe.jpg": without(cmyk, 0xEE),
        "ycck.jpg": cmyk.replace(b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\2"),
        "rgb_by_adobe.jpg": baseline[:2] + b"\xff\xee\0\x0eAdobe\0d\0\0\0\0\0" + without(baseline, 0xE0)[2:],
        "rotated_by_exif.jpg": encoded(RGB, "JPEG", quality=90, exif=b"Exif\0\0" + orientation(6)),
        "mirrored_by_exif.jpg": encoded(RGB, "JPEG", quality=90, exif=b"Exif\0\0" + orientation(5, big_endian=True)),
    }


# --- PNG --------------------------------------------------------------------------------------------------------------

def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def packed(values: list, bits: int) -> bytes:
    """One row of values of so many bits, from the high bits of each byte on."""
    number, size = 0, len(values) * bits
    for value in values:
        number = number << bits | value
    padding = -size % 8
    return (number << padding).to_bytes((size + padding) // 8, "big")


def png(rows: list, bits: int, colour: int, interlaced: bool = False, before: bytes = b"", after: bytes = b"") -> bytes:
    """`rows` holds, for each row, a tuple of channels a pixel."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for x0, y0, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        for row in rows[y0::dy]:
            if row[x0::dx]:
                data += b"\0" + packed([channel for pixel in row[x0::dx] for channel in pixel], bits)
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), bits, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(data)) + after +
            chunk(b"IEND", b""))


def rows_of(image: Image.Image, change=lambda value: value) -> list:
    values = [pixel if isinstance(pixel, tuple) else (pixel,) for pixel in image.getdata()]
    values = [tuple(change(channel) for channel in pixel) for pixel in values]
    return [values[y * image.width:(y + 1) * image.width] for y in range(image.height)]


def wide(value: int) -> int:
    """16 bits whose upper half is `value`."""
    return value << 8 | (37 * value & 255)


def pngs() -> dict:
    colours = bytes(PALETTE.getpalette()[:48])
    plte = chunk(b"PLTE", colours)
    alpha = chunk(b"tRNS", bytes(range(0, 160, 10)))
    profile = "\nexif\n      %d\n%s\n" % (6 + len(orientation(3)), (b"Exif\0\0" + orientation(3)).hex())
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'
    indices = rows_of(PALETTE)
    return {
        "rgb.png": encoded(RGB, "PNG"),
        "alpha.png": encoded(RGBA, "PNG"),
        "palette.png": encoded(PALETTE, "PNG"),
        "grey.png": encoded(GREY, "PNG"),
        "grey_alpha.png": encoded(RGBA.convert("LA"), "PNG"),
        "grey_1.png": png(rows_of(GREY, lambda v: v >> 7), 1, 0),
        "grey_2.png": png(rows_of(GREY, lambda v: v >> 6), 2, 0),
        "grey_4.png": png(rows_of(GREY, lambda v: v >> 4), 4, 0),
        "grey_16.png": png(rows_of(GREY, wide), 16, 0),
        "grey_alpha_16.png": png(rows_of(RGBA.convert("LA"), wide), 16, 4),
        "rgb_16.png": png(rows_of(RGB, wide), 16, 2),
        "alpha_16_interlaced.png": png(rows_of(RGBA, wide), 16, 6, interlaced=True),
        "rgb_interlaced.png": png(rows_of(RGB), 8, 2, interlaced=True),
        "rgb_transparent.png": png(rows_of(RGB), 8, 2, before=chunk(b"tRNS", bytes([0, 127, 0, 40, 0, 250]))),
        "palette_1.png": png(rows_of(PALETTE, lambda v: v & 1), 1, 3, before=plte[:4] and chunk(b"PLTE", colours[:6])),
        "palette_4_interlaced.png": png(indices, 4, 3, interlaced=True, before=plte + alpha),
        "palette_too_short.png": png(indices, 8, 3, before=chunk(b"PLTE", colours[:15])),
        "no_end.png": encoded(RGB, "PNG")[:-12],
        "wrong_checksum.png": encoded(RGB, "PNG")[:-16] + b"\0\0\0\0" + encoded(RGB, "PNG")[-12:],
        "exif_before.png": png(rows_of(RGB), 8, 2, before=chunk(b"eXIf", orientation(6))),
        "exif_after.png": png(rows_of(RGB), 8, 2, after=chunk(b"eXIf", orientation(7, big_endian=True))),
        "exif_as_text.png": png(rows_of(RGB), 8, 2, before=chunk(
            b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile.encode()))),
        "xmp.png": png(rows_of(RGB), 8, 2, before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)),
        "two_frames.png": encoded(RGB, "PNG", save_all=True, append_images=[ImageOps.flip(RGB)]),
    }


# --- WebP and GIF -----------------------------------------------------------------------------------------------------

def webps() -> dict:
    return {
        "lossy.webp": encoded(RGB, "WEBP", quality=90),
        "lossless.webp": encoded(RGB, "WEBP", lossless=True),
        "alpha.webp": encoded(RGBA, "WEBP", quality=90),
        "alpha_lossless.webp": encoded(RGBA, "WEBP", lossless=True),
        "two_frames.webp": encoded(RGB, "WEBP", lossless=True, save_all=True, append_images=[ImageOps.flip(RGB)]),
        "exif.webp": encoded(RGB, "WEBP", lossless=True, exif=b"Exif\0\0" + orientation(8)),
    }


def gif_colours(count: int) -> bytes:
    return bytes(channel for i in range(count) for channel in (255 - 12 * i, 16 * i & 255, 40 + 9 * i))


def gif(frame: tuple, screen: tuple = (WIDTH, HEIGHT), globals_: bytes = b"", locals_: bytes = b"", extra: bytes = b"",
        interlaced: bool = False) -> bytes:
    """Indices of the picture with 16 colours, without compression: a clear code before every seventh."""
    left, top, width, height = frame
    rows = [row[left:left + width] for row in rows_of(PALETTE)[top:top + height]]
    order = range(height)
    if interlaced:
        order = [*range(0, height, 8), *range(4, height, 8), *range(2, height, 4), *range(1, height, 2)]
    codes = []
    for i, index in enumerate(pixel[0] for y in order for pixel in rows[y]):
        codes += [16, index] if i % 7 == 0 else [index]
    number = 0
    for place, code in enumerate(codes + [17]):
        number |= code << (5 * place)
    data = number.to_bytes((5 * (len(codes) + 1) + 7) // 8, "little")
    blocks = b"".join(bytes([len(data[at:at + 100])]) + data[at:at + 100] for at in range(0, len(data), 100))
    file = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x83 if globals_ else 0, 3, 0) + globals_ + extra
    flags = (0x83 if locals_ else 0) | (0x40 if interlaced else 0)
    return file + b"," + struct.pack("<HHHHB", *frame, flags) + locals_ + b"\4" + blocks + b"\0;"


def gifs() -> dict:
    whole, part = (0, 0, WIDTH, HEIGHT), (5, 3, 9, 8)
    colours = gif_colours(16)
    transparent = b"!\xf9\4\1\0\0\6\0"
    plain = encoded(PALETTE, "GIF")
    return {
        "plain.gif": plain,
        "interlaced.gif": gif(whole, globals_=colours, interlaced=True),
        "local_colours.gif": gif(whole, globals_=colours[::-1], locals_=colours),
        "no_colours.gif": gif(whole),
        "part.gif": gif(part, globals_=colours),
        "part_transparent.gif": gif(part, globals_=colours, extra=transparent),
        "beyond_the_screen.gif": gif(whole, screen=(7, 5), globals_=colours),
        "stray_bytes.gif": gif(whole, globals_=colours, extra=b"\0\0" + b"!\xfe\5hello\0" + b"\0"),
        "no_end.gif": gif(whole, globals_=colours)[:-2],
        "two_frames.gif": encoded(PALETTE, "GIF", save_all=True, append_images=[ImageOps.flip(PALETTE)]),
    }


# --- BMP --------------------------------------------------------------------------------------------------------------

def bmp(info: bytes, between: bytes, data: bytes, at: int = -1) -> bytes:
    offset = 14 + len(info) + len(between) if at < 0 else at
    return struct.pack("<2sIHHI", b"BM", 14 + len(info) + len(between) + len(data), 0, 0, offset) + info + between + data


def info_header(bits: int, compression: int = 0, height: int = HEIGHT, colours: int = 0, size: int = 40,
                more: bytes = b"") -> bytes:
    header = struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, 0, 0, 0, colours, 0) + more
    return header + bytes(size - len(header)) if size >= 40 else header[:size]


def bmp_rows(rows: list, bits: int) -> bytes:
    """Little-endian pixels of `bits`, or for 8 and less packed from the high bits on; rows from the bottom up."""
    data = b""
    for row in reversed(rows):
        line = packed(row, bits) if bits <= 8 else b"".join(pixel.to_bytes(bits // 8, "little") for pixel in row)
        data += line + bytes(-len(line) % 4)
    return data


def fields(red: int, green: int, blue: int) -> list:
    """The picture in pixels with fields of these masks."""
    def place(value: int, mask: int) -> int:
        low = (mask & -mask).bit_length() - 1
        return (value * (mask >> low) // 255) << low
    return [[place(r, red) | place(g, green) | place(b, blue) for r, g, b in row] for row in rows_of(RGB)]


def bmps() -> dict:
    indices = [[pixel[0] for pixel in row] for row in rows_of(PALETTE)]
    colours = bytes(PALETTE.getpalette()[:48])
    quads = b"".join(bytes([colours[i + 2], colours[i + 1], colours[i], 0]) for i in range(0, 48, 3))
    triples = b"".join(bytes([colours[i + 2], colours[i + 1], colours[i]]) for i in range(0, 48, 3))
    true_colour = bmp_rows(fields(0xff0000, 0xff00, 0xff), 24)
    masks = lambda *values: struct.pack("<%dI" % len(values), *values)
    upright = [row[::-1] for row in indices]

    # Runs of two, then the rest of the row as it is; in RLE4 an odd number of colours.
    def rle(is_rle4: bool) -> bytes:
        data = b""
        for row in reversed(indices):
            rest = row[2:]
            data += bytes([2, row[0] << 4 | row[1]]) if is_rle4 else bytes([1, row[0], 1, row[1]])
            line = packed(rest, 4) if is_rle4 else bytes(rest)
            data += bytes([0, len(rest)]) + line + bytes(len(line) % 2) + b"\0\0"
        return data + b"\0\1"

    # A run, a step to the right and up, a run; the rest stays of the first colour.
    stepping = bytes([3, 5]) + b"\0\2\4\2" + bytes([5, 9]) + b"\0\1"
    return {
        "rgb.bmp": encoded(RGB, "BMP"),
        "top_down.bmp": bmp(info_header(24, height=-HEIGHT), b"", bmp_rows(fields(0xff0000, 0xff00, 0xff)[::-1], 24)),
        "gap.bmp": bmp(info_header(24), b"gap", true_colour),
        "palette_of_24_bits.bmp": bmp(info_header(24, colours=16), quads, true_colour),
        "rgb_32.bmp": bmp(info_header(32), b"", bmp_rows(fields(0xff0000, 0xff00, 0xff), 32)),
        "rgb_16.bmp": bmp(info_header(16), b"", bmp_rows(fields(0x7c00, 0x3e0, 0x1f), 16)),
        "fields_565.bmp": bmp(info_header(16, 3), masks(0xf800, 0x7e0, 0x1f), bmp_rows(fields(0xf800, 0x7e0, 0x1f), 16)),
        "fields_4444.bmp": bmp(info_header(16, 3, size=56, more=masks(0xf00, 0xf0, 0xf, 0xf000)), b"",
                               bmp_rows(fields(0xf00, 0xf0, 0xf), 16)),
        "fields_rgba.bmp": bmp(info_header(32, 3, size=124, more=masks(0xff, 0xff00, 0xff0000, 0xff000000)), b"",
                               bmp_rows(fields(0xff, 0xff00, 0xff0000), 32)),
        "fields_10_bits.bmp": bmp(info_header(32, 3, size=52, more=masks(0x3ff00000, 0xffc00, 0x3ff)), b"",
                                  bmp_rows(fields(0x3ff00000, 0xffc00, 0x3ff), 32)),
        "os2.bmp": bmp(struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24), b"", true_colour),
        "os2_palette.bmp": bmp(struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 4), triples, bmp_rows(indices, 4)),
        "os2_second.bmp": bmp(info_header(4, size=64, colours=16), quads, bmp_rows(indices, 4)),
        "os2_short.bmp": bmp(info_header(24, size=16), b"", true_colour),
        "palette_1.bmp": bmp(info_header(1), quads[8:16], bmp_rows([[i & 1 for i in row] for row in indices], 1)),
        "palette_2.bmp": bmp(info_header(2), quads[:16], bmp_rows([[i & 3 for i in row] for row in indices], 2)),
        "palette_4.bmp": bmp(info_header(4), quads, bmp_rows(indices, 4)),
        "palette_8.bmp": bmp(info_header(8, colours=16), quads, bmp_rows(indices, 8)),
        "palette_8_offset_wrong.bmp": bmp(info_header(8, colours=16), quads, bmp_rows(indices, 8), at=54),
        "grey.bmp": encoded(GREY, "BMP"),
        "rle_8.bmp": bmp(info_header(8, 1, colours=16), quads, rle(False)),
        "rle_4.bmp": bmp(info_header(4, 2, colours=16), quads, rle(True)),
        "rle_8_steps.bmp": bmp(info_header(8, 1, colours=16), quads, stepping),
    }


# --- PNM --------------------------------------------------------------------------------------------------------------

def pnm(kind: int, image: Image.Image, maximum: int = 1) -> bytes:
    bits, text = kind in (1, 4), kind <= 3
    scale = (lambda v: int(v < 128)) if bits else (lambda v: v * maximum // 255)
    rows = [[scale(channel) for pixel in row for channel in pixel] for row in rows_of(image)]
    head = b"P%d # a comment\n%d\t%d\n" % (kind, *image.size)
    if not bits:
        head += b"# another\r%d\n" % maximum
    if text:
        join = b"" if bits else b" "
        return head + b"# and one\n" + b"\n".join(join.join(b"%d" % v for v in row) for row in rows)
    if bits:
        return head + b"".join(packed(row, 1) for row in rows)
    return head + b"".join(v.to_bytes(1 if maximum < 256 else 2, "big") for row in rows for v in row)


def pnms() -> dict:
    return {
        "rgb.ppm": encoded(RGB, "PPM"),
        "grey.pgm": encoded(GREY, "PPM"),
        "text.pbm": pnm(1, GREY),
        "text.pgm": pnm(2, GREY, 255),
        "text_1000.pgm": pnm(2, GREY, 1000),
        "text_63.ppm": pnm(3, RGB, 63),
        "bits.pbm": pnm(4, GREY),
        "grey_15.pgm": pnm(5, GREY, 15),
        "grey_65535.pgm": pnm(5, GREY, 65535),
        "rgb_63.ppm": pnm(6, RGB, 63),
        "rgb_1000.ppm": pnm(6, RGB, 1000),
        "rgb_65535.ppm": pnm(6, RGB, 65535),
    }


# --- What they should be ----------------------------------------------------------------------------------------------

def pillows(file: bytes) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")


def scaled_to_255(rows: list, maximum: int) -> Image.Image:
    image = Image.new("L", (WIDTH, HEIGHT))
    image.putdata([round(v * maximum // 255 / maximum * 255) for row in rows for (v,) in row])
    return image.convert("RGB")


def corrections(files: dict) -> dict:
    """Where Pillow refuses a file, or is wrong."""
    steps = Image.new("P", (WIDTH, HEIGHT))
    steps.putpalette(PALETTE.getpalette()[:48])
    for x in range(3):
        steps.putpixel((x, HEIGHT - 1), 5)
    for x in range(7, 12):
        steps.putpixel((x, HEIGHT - 3), 9)
    quarters = PALETTE.point(lambda i: i & 3)

    def from_fields(*bits: int) -> Image.Image:
        image = Image.new("RGB", (WIDTH, HEIGHT))
        image.putdata([tuple(v * ((1 << n) - 1) // 255 * 255 // ((1 << n) - 1) for v, n in zip(pixel, bits))
                       for pixel in RGB.getdata()])
        return image

    return {
        # It shows more than 255 as white.
        "grey_16.png": GREY.convert("RGB"),
        "text_1000.pgm": scaled_to_255(rows_of(GREY), 1000),
        "grey_65535.pgm": scaled_to_255(rows_of(GREY), 65535),
        # It loses the last colour of an odd number, and reads four bytes for a step.
        "rle_4.bmp": pillows(files["palette_4.bmp"]),
        "rle_8_steps.bmp": steps.convert("RGB"),
        # It does not know them.
        "fields_4444.bmp": from_fields(4, 4, 4),
        "fields_10_bits.bmp": from_fields(10, 10, 10),
        "os2_short.bmp": RGB,
        "palette_2.bmp": quarters.convert("RGB"),
        # It wants whole blocks.
        "no_end.gif": pillows(files["no_end.gif"] + b"\0;"),
    }


def main() -> None:
    for old in pathlib.Path().glob("*.rgb"):
        old.unlink()
        old.with_suffix("").unlink()
    files = jpegs() | pngs() | webps() | gifs() | bmps() | pnms()
    corrected = corrections(files)
    for name, content in files.items():
        pathlib.Path(name).write_bytes(content)
        expected = corrected.get(name) or pillows(content)
        pathlib.Path(name + ".rgb").write_bytes(expected.tobytes())


main()
