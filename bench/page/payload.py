"""What the page of results shows, as data: numbers and texts that bench/page/data.js reads. Nothing here knows of HTML."""

import re

import roofline
import vendor_figures
from device_facts import PEAKS, all_peaks, cached_reads, facts, size
from measurements import device_name, driver

ROOFS = ("bandwidth", "compute", "launch", "")


class Numbered:
    """Numbers different things in the order in which they come."""

    def __init__(self):
        self.places = {}

    def add(self, thing):
        return self.places.setdefault(thing, len(self.places))

    def __iter__(self):
        return iter(self.places)


def spread(times, median):
    """Returns thousandths of the median that the quickest repetition lies below it and the slowest above."""
    return round(1000 * (1 - min(times) / median)), round(1000 * (max(times) / median - 1))


def short(value, digits=4):
    """Returns a number of so many significant digits, whole where it is."""
    value = float(f"{value:.{digits}g}")
    return int(value) if value.is_integer() else value


def whole(value, digits=6):
    return int(float(f"{value:.{digits}g}"))


def run_of(model):
    wall = model.get("median_wall_us") or 0
    below, above = spread(model["wall_us"], wall) if wall and model.get("wall_us") else (0, 0)
    return {"name": model["name"], **{member: model.get(member, "?") for member in ("model", "precision", "mode")},
            "batch": model.get("batch", 0), "us": short(wall), "wall": short(wall), "low": short(wall * (1 - below / 1000)),
            "high": short(wall * (1 + above / 1000)), "kernels": short(model.get("kernels_us") or 0),
            "rate": short(model.get("images_per_second") or 0)}


def listed_peaks(document):
    vendor = vendor_figures.figures(device_name(document))
    for _, label, value, unit, stated in all_peaks(document):
        limit = vendor.get(stated)
        yield {"label": label, "unit": unit, "value": short(value), "vendor": limit, "share": short(value / limit, 3) if limit else None}


def summary(name, document):
    """Returns what the table of all devices and the head of one show."""
    bandwidth, ceilings = roofline.roofs(document["peaks"])
    return {"id": name, "name": device_name(document), "driver": driver(document), "type": document["device"].get("type", "?"),
            "version": (document.get("program") or {}).get("version", "?"), "noisy": bool(document.get("noisy")),
            "facts": facts(document), "listed": list(listed_peaks(document)),
            "caches": [{"size": size(count), "bytes": count, "rate": short(rate * 1e9)} for count, rate in cached_reads(document)],
            "peaks": {key: short(document["peaks"][key]) for key, *_ in PEAKS if document["peaks"].get(key) is not None},
            "roofs": {"bandwidth": bandwidth, "ceilings": sorted(ceilings, key=lambda roof: roof[1])},
            "models": [run_of(model) for model in document["models"]]}


def label_of(kernel):
    """Returns a kernel's operator with the number that tells it from others of its layer: "pointwise.2"."""
    operator = kernel.get("operator", "?")
    number = re.search(r"\.\d+$", kernel["name"])
    return operator + (number[0] if number and kernel["name"].endswith(operator + number[0]) else "")


def kernel_columns(kernels, keys, texts):
    """Returns the measured kernels as columns: which, how long, and where that lies."""
    columns = {name: [] for name in ("key", "us", "low", "high", "bytes", "share", "roof", "variant")}
    for kernel in kernels:
        us = kernel.get("median_us") or 0
        if us <= 0:
            continue
        least, moved = whole(kernel.get("least_bytes") or 0), whole(kernel.get("bytes") or 0)
        words = (kernel.get("layer", "?"), label_of(kernel), kernel.get("operator", "?"), kernel.get("shapes", ""))
        key = (texts.add(kernel.get("model", "?")), kernel.get("batch", 0), texts.add(kernel.get("precision", "?")),
               *(texts.add(word) for word in words), whole(kernel.get("flops") or 0), least)
        shares = [kernel[name] for name in ("share_bandwidth", "share_compute") if kernel.get(name) is not None]
        below, above = spread(kernel["times_us"], us) if kernel.get("times_us") else (0, 0)
        values = (keys.add(key), short(us), below, above, 0 if moved == least else moved, short(max(shares), 3) if shares else None,
                  ROOFS.index(kernel.get("roof", "")), texts.add(" ".join(kernel.get("kernels") or [])))
        for column, value in zip(columns.values(), values):
            column.append(value)
    return columns


def step_of(layers, texts):
    """Sums a step's layers by operator: [operator, layers, time, bytes, FLOPs], the most time first."""
    sums = {}
    for layer in layers:
        total = sums.setdefault(layer.get("operator", "?"), [0, 0, 0, 0])
        for i, value in enumerate((1, layer.get("us") or 0, layer.get("bytes") or 0, layer.get("flops") or 0)):
            total[i] += value
    return [[texts.add(operator), count, short(us), whole(moved), whole(flops)]
            for operator, (count, us, moved, flops) in sorted(sums.items(), key=lambda item: -item[1][1])]


def payload(documents):
    """Returns what all devices share, and the details of each, of {name: document}."""
    texts, keys, details, operators = Numbered(), Numbered(), [], set()
    for document in documents.values():
        rows = [*document["kernels"], *(layer for model in document["models"] for layer in model.get("layers") or [])]
        operators |= {row.get("operator", "?") for row in rows}
        steps = {model["name"]: step_of(model["layers"], texts) for model in document["models"] if model.get("layers")}
        details.append({"kernels": kernel_columns(document["kernels"], keys, texts), "steps": steps})
    family = {texts.add(operator): roofline.family(operator) for operator in sorted(operators)}
    shared = {"devices": [summary(name, document) for name, document in documents.items()], "texts": list(texts), "keys": list(keys),
              "roofs": ROOFS, "family": family,
              "families": [{"name": name, "light": light, "dark": dark} for name, _, light, dark in roofline.FAMILIES]}
    return shared, details
