"""The JSON of vkmbv3-bench, read: the tools of bench/ share this. Standard library only."""

import argparse
import json
import math
import re

import compact

FORMAT = 1


class BadInput(Exception):
    """Says in one line which file is wrong, and how."""


def no_number(text):
    raise BadInput(f"{text} is no number of JSON")


def parse(path):
    """Returns a file's JSON: that of the suite itself, where scripts/gpu-check.sh put its own around it."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file, parse_constant=no_number)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    except (json.JSONDecodeError, RecursionError, BadInput) as error:
        raise BadInput(f"{path} is no JSON: {error}") from error
    if isinstance(document, dict) and "gpu_check" in document:
        document = document.get("bench")
        if document is None:
            raise BadInput(f"{path} is of a check in which the suite did not run")
    if not isinstance(document, dict) or not isinstance(document.get("device"), dict):
        raise BadInput(f"{path} holds no results of vkmbv3-bench")
    if document.get("format") != FORMAT:
        raise BadInput(f"{path} has format {document.get('format')!r}, and only format {FORMAT} is known here")
    return document


def load(path):
    """Reads a result, which may be compact. Its lists are there."""
    document = parse(path)
    if "compact" in document:
        try:
            document = compact.expand(document)
        except compact.Malformed as error:
            raise BadInput(f"{path}: {error}") from error
    for rows in ("kernels", "models"):
        document.setdefault(rows, [])
        if not isinstance(document[rows], list) or not all(isinstance(row, dict) and "name" in row for row in document[rows]):
            raise BadInput(f"{path}: {rows} is not a list of named rows")
    document.setdefault("peaks", {})
    return document


def pattern(text):
    """Reads a regular expression of the command line."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}") from None


def number(least=0.0, most=math.inf, kind=float):
    """Returns what reads a number of the command line, above `least` and up to `most`: nan would be smaller than none."""
    def read(text):
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not least < value <= most or math.isinf(value):
            words = f"above {least:g}" if math.isinf(most) else f"above {least:g} and up to {most:g}"
            raise argparse.ArgumentTypeError(f"'{text}' is not a {'whole ' if kind is int else ''}number {words}")
        return value
    return read


def device_name(document):
    return document["device"].get("name", "an unnamed device")


def driver(document):
    device = document["device"]
    return " ".join(str(device[key]) for key in ("driver_name", "driver_info") if device.get(key)) or "an unnamed driver"


def noise_warning(document):
    """Returns what to say of a machine that was not idle; None where it was."""
    if not document.get("noisy"):
        return None
    noise = document.get("noise")
    extent = f": a probe's medians disagreed by {100 * noise:.1f} %" if isinstance(noise, (int, float)) else ""
    return f"measured on a noisy machine{extent}"


def scaled(value, *units):
    """Writes 1234.5 as '1.23 k': three digits and the largest of the units, (name, size), that fits, or the last."""
    name, size = next(((name, size) for name, size in units if value >= 0.9995 * size), units[-1])
    return f"{value / size:.3g} {name}".rstrip()


def duration(microseconds):
    return scaled(microseconds, ("s", 1e6), ("ms", 1e3), ("µs", 1))


def columns(rows, right=()):
    """Returns rows of text as aligned lines; `right` are the columns aligned to the right."""
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.rjust(width) if i in right else cell.ljust(width)
                      for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]
