"""Whether a result can be true: by what follows from its own numbers, its own peaks and its vendor's figures."""

import statistics

import vendor_figures
from device_facts import all_peaks
from measurements import device_name

ROUNDING = 2e-3  # of what follows from other members: a compact result's times have four digits
OVER_PEAK = 0.10  # clocks differ by as much between the peak's kernel and another
OVER_VENDOR = 0.15  # factory-overclocked boards run so much above the reference's clock
LARGEST_CACHE = 256e6  # bytes: no GPU has a larger last level, so that all but so much came from memory
CACHE_SPEEDUP = 20  # no cache is so many times as fast as its memory
MOST_NOISE = 0.05
LOW_SHARE = 0.3  # of a vendor's figure: worth a word


def differs(value, expected):
    return value is not None and abs(value - expected) > ROUNDING * abs(expected)


def measured(row, times, median):
    """Returns whether a row has a time; one that failed or did not fit has none."""
    return bool(row.get(times)) and (row.get(median) or 0) > 0


def own_faults(document):
    """Yields what contradicts itself."""
    for kind, times, median in (("kernels", "times_us", "median_us"), ("models", "wall_us", "median_wall_us")):
        names = set()
        for i, row in enumerate(document[kind]):
            where = f"{kind}[{i}]"
            if row["name"] in names:
                yield where, f"{row['name']} comes twice"
            names.add(row["name"])
            prefix = f"{row['model']}/b{row['batch']}/{row['precision']}/"
            if not row["name"].startswith(prefix):
                yield f"{where}.name", f"is {row['name']}, and does not begin with {prefix}"
            if row["batch"] < 1:
                yield f"{where}.batch", "is 0"
            if not measured(row, times, median):
                if not row.get("failure") and not row.get("skipped"):
                    yield where, f"{row['name']} has neither times nor a reason for it"
                continue
            if differs(row[median], statistics.median(row[times])):
                yield f"{where}.{median}", f"is {row[median]:g}, and the median of {times} is {statistics.median(row[times]):g}"
            yield from derived_faults(row, where, median, document["peaks"])


def derived_faults(row, where, median, peaks):
    """Yields the members that follow from others, and do not."""
    expected = {}
    if median == "median_wall_us":
        expected["images_per_second"] = row["batch"] / row[median] * 1e6
    else:
        expected["gbps"] = row["least_bytes"] / row[median] * 1e-3
        expected["gflops"] = row["flops"] / row[median] * 1e-3
        expected["share_bandwidth"] = expected["gbps"] / peaks["copy_gbps"]
    for member, value in expected.items():
        if differs(row.get(member), value):
            yield f"{where}.{member}", f"is {row[member]:g}, and by the other members {value:g}"


def arithmetic_roof(row, peaks):
    """Returns the GFLOP/s that no kernel of the row's precision exceeds."""
    units = ["fp32_gflops"]
    if row["precision"] == "fp16":
        units.append("fp16_gflops")
    if row.get("matrix_flops"):
        units.append("matrix_gflops")
    return max(peaks.get(unit) or 0 for unit in units)


def above_roof(row, us, peaks, slack):
    """Returns what of a row is faster than the device; None where nothing is."""
    roof = arithmetic_roof(row, peaks)
    rate = row["flops"] / us * 1e-3
    if rate > roof * (1 + slack):
        return f"reaches {rate:.4g} GFLOP/s, {rate / roof:.2f} times the peak of {roof:.4g}"
    bandwidth = max(peaks.get(name) or 0 for name in ("copy_gbps", "read_gbps", "write_gbps"))
    from_memory = (row["least_bytes"] - LARGEST_CACHE) / us * 1e-3
    if from_memory > bandwidth * (1 + slack):
        return f"moves {from_memory:.4g} GB/s that no cache holds, {from_memory / bandwidth:.2f} times the peak of {bandwidth:.4g}"
    moved = row["least_bytes"] / us * 1e-3
    if moved > CACHE_SPEEDUP * bandwidth:
        return f"moves {moved:.4g} GB/s, {moved / bandwidth:.0f} times the peak of {bandwidth:.4g}"
    return None


def roof_findings(document):
    """Yields (where, what) for kernels, and layers within a step, that are faster than the device's own peaks."""
    peaks, slack = document["peaks"], OVER_PEAK + document["noise"]
    for i, row in enumerate(document["kernels"]):
        if measured(row, "times_us", "median_us"):
            found = above_roof(row, row["median_us"], peaks, slack)
            if found:
                yield f"kernels[{i}]", f"{row['name']} {found}"
    for i, model in enumerate(document["models"]):
        for j, layer in enumerate(model["layers"]):
            if layer["us"] > 0:
                found = above_roof({**layer, "precision": model["precision"]}, layer["us"], peaks, slack)
                if found:
                    yield f"models[{i}].layers[{j}]", f"{model['name']}, {layer['layer']}/{layer['operator']} {found}"


def vendor_findings(document):
    """Yields (is a fault, where, what) for peaks against the vendor's figures."""
    vendor = vendor_figures.figures(device_name(document))
    for where, label, value, unit, stated in all_peaks(document):
        limit = vendor.get(stated)
        if value and limit and value > limit * (1 + OVER_VENDOR):
            yield True, where, f"is {value:.4g} {unit}, and the vendor states {limit:.4g} of {label}"
        # A vendor states the rate of the best shape of matrices, and a small one may be far below it.
        elif value and limit and value < limit * LOW_SHARE and not where.startswith("peaks.matrices"):
            yield False, where, f"is {100 * value / limit:.0f} % of the vendor's {limit:.4g} {unit}: was the device busy?"


def findings(document):
    """Returns (faults, notes) of a document that fits bench/schema.py, each a list of (where, what)."""
    faults, notes = list(own_faults(document)), []
    above = list(roof_findings(document))
    if document["device"]["type"] == "cpu":
        # Its peaks are those of a loop that a compiler made, and no bound of the hardware.
        if above:
            notes.append((above[0][0], f"{above[0][1]}, and {len(above) - 1} more are above the peaks, which on a software device bound nothing"))
    else:
        faults += above
    for wrong, where, what in vendor_findings(document):
        (faults if wrong else notes).append((where, what))
    if not document["kernels"] or not document["models"]:
        faults.append(("kernels" if not document["kernels"] else "models", "is empty: measure with --suite and all --parts"))
    if document["noise"] > MOST_NOISE:
        notes.append(("noise", f"is {100 * document['noise']:.0f} %: measure again on a machine that does nothing else, if you can"))
    if document.get("held_by"):
        notes.append(("held_by", f"says that {' and '.join(document['held_by'])} held the clocks down: is that how this device is used?"))
    if document["host"].get("power") == "battery":
        notes.append(("host.power", "is a battery's: many systems run slower on one"))
    if document.get("unfinished"):
        notes.append(("unfinished", f"says that {document['unfinished']} benchmarks did not run"))
    failed = sum(bool(row.get("failure")) for kind in ("kernels", "models") for row in document[kind])
    if failed or document.get("failures"):
        notes.append(("failures", f"of {failed + len(document.get('failures') or [])} benchmarks or checks: please open an issue, too"))
    return faults, notes
