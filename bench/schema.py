"""The members that a result of vkmbv3-bench may have, and what may stand in each. Foreign results are held to it."""

import math

import measurements

TEXT = "a line of text"
COUNT = "a whole number"
POSITIVE = "a positive number"
AMOUNT = "a number that is not negative"
FLAG = "true or false"

LONGEST_TEXT = 2000
HIGHEST = 1e18  # beyond any byte, operation or microsecond of a benchmark

# A name with "?" may be missing. A list has one kind of entries.
WORK = {"flops": AMOUNT, "bytes": AMOUNT, "least_bytes": AMOUNT, "dispatches": COUNT, "matrix_flops?": AMOUNT}
STANDING = {"gbps?": AMOUNT, "gflops?": AMOUNT, "share_bandwidth?": AMOUNT, "share_compute?": AMOUNT, "roof?": TEXT}
RUN = {"name": TEXT, "model": TEXT, "batch": COUNT, "precision": TEXT, "failure?": TEXT, "skipped?": TEXT}

DOCUMENT = {
    "format": COUNT,
    "program": {"version": TEXT, "kernels?": TEXT, "build?": TEXT},
    "device": {"name": TEXT, "type": TEXT, "driver_name": TEXT, "driver_info": TEXT, "driver_version": COUNT, "driver_build?": TEXT, "vendor_id": COUNT,
               "device_id": COUNT, "api_version": TEXT, "subgroup_size": COUNT, "memory_bytes": COUNT},
    "host": {"cores": COUNT, "cpu": TEXT, "system?": TEXT, "load?": AMOUNT, "power?": TEXT, "governor?": TEXT},
    "noise": AMOUNT,
    "noisy": FLAG,
    "unfinished?": COUNT,
    "failures?": [TEXT],
    "seconds?": AMOUNT,
    "clocks?": {"core_least_mhz?": POSITIVE, "core_most_mhz?": POSITIVE, "memory_least_mhz?": POSITIVE, "memory_most_mhz?": POSITIVE},
    "temperature?": {"least_c": POSITIVE, "most_c": POSITIVE},
    "held_by?": [TEXT],
    "rows?": [{"name": TEXT, "unit": TEXT, "value?": AMOUNT, "noise?": AMOUNT, "vendor?": POSITIVE, "batch?": COUNT, "remark?": TEXT,
               "disturbed?": {"slower": AMOUNT, "others": AMOUNT, "stolen": AMOUNT},
               "not_measured?": TEXT}],
    "published?": [{"who": TEXT, "model": TEXT, "value": POSITIVE, "unit": TEXT}],
    "checked?": {"kernels": COUNT, "max_error": AMOUNT},
    "peaks": {"copy_gbps": POSITIVE, "read_gbps?": POSITIVE, "write_gbps?": POSITIVE, "misaligned_read_gbps?": POSITIVE,
              "misaligned_write_gbps?": POSITIVE, "shared_gbps?": POSITIVE, "cached_reads?": [{"bytes": POSITIVE, "gbps": POSITIVE}],
              "upload_gbps?": POSITIVE, "download_gbps?": POSITIVE, "upload_mapped_gbps?": POSITIVE, "upload_copy_gbps?": POSITIVE,
              "download_copy_gbps?": POSITIVE, "download_mapped_gbps?": POSITIVE, "fp32_gflops": POSITIVE, "fp16_gflops?": POSITIVE,
              "int32_gops?": POSITIVE, "int8_dot_gops?": POSITIVE, "matrix_gflops?": POSITIVE, "matrix_shape?": TEXT,
              "matrix_absent?": TEXT, "matrices?": [{"kind": TEXT, "shape": TEXT, "gops?": POSITIVE, "absent?": TEXT}],
              "launch_us?": POSITIVE, "barrier_us?": AMOUNT, "submit_us?": POSITIVE, "absent?": [{"name": TEXT, "why": TEXT}]},
    "kernels": [{**RUN, **WORK, **STANDING, "layer": TEXT, "operator": TEXT, "shapes": TEXT, "kernels": [TEXT], "times_us": [POSITIVE],
                 "median_us": AMOUNT, "host_us?": AMOUNT, "checked?": TEXT, "max_error?": AMOUNT}],
    "models": [{**RUN, "mode": TEXT, "input_size": COUNT, "wall_us": [POSITIVE], "median_wall_us": AMOUNT, "device_us": AMOUNT,
                "kernels_us": AMOUNT, "images_per_second": AMOUNT,
                "layers": [{**WORK, **STANDING, "layer": TEXT, "operator": TEXT, "us": AMOUNT, "share": AMOUNT}]}],
}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= HIGHEST


def fits(value, kind):
    if kind == TEXT:
        return isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable()
    if kind == FLAG:
        return isinstance(value, bool)
    if not is_number(value) or value < 0:
        return False
    return value == int(value) if kind == COUNT else value > 0 if kind == POSITIVE else True


def shown(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def faults(value, kind=None, where="", strict=True):
    """Yields (where, what is wrong) for everything in a document that is not as it should be.

    Not `strict`, it takes results of other versions, in which members are missing or not known here.
    """
    kind = DOCUMENT if kind is None else kind
    if isinstance(kind, dict):
        yield from faults_of_object(value, kind, where, strict)
    elif isinstance(kind, list):
        if not isinstance(value, list):
            yield where, f"is {shown(value)}, not a list"
            return
        for i, entry in enumerate(value):
            yield from faults(entry, kind[0], f"{where}[{i}]", strict)
    elif not fits(value, kind):
        yield where, f"is {shown(value)}, not {kind}"


def faults_of_object(value, members, where, strict):
    if not isinstance(value, dict):
        yield where, f"is {shown(value)}, not an object"
        return
    known = {name.rstrip("?"): (name.endswith("?"), kind) for name, kind in members.items()}
    inside = f"{where}." if where else ""
    for name, member in value.items():
        if name in known:
            yield from faults(member, known[name][1], inside + name, strict)
        elif strict:
            yield inside + name, "is no member of a result (a newer suite's is one more row in bench/schema.py)"
    for name, (optional, _) in known.items():
        if strict and not optional and name not in value:
            yield inside + name, "is missing"


def load(path):
    """Reads a result, which may be anybody's, and refuses one that does not hold what it should."""
    document = measurements.load(path)
    for where, what in faults(document, strict=False):
        raise measurements.BadInput(f"{path}: {where} {what}; bench/submit lists all that is wrong")
    return document
