"""What is said of a device beside its numbers, and which peaks it has."""

import measurements
from measurements import driver

# Member, what it is, unit, the vendor's figure it can be held against.
PEAKS = [
    ("copy_gbps", "copy bandwidth", "GB/s", "memory_gbps"),
    ("read_gbps", "read bandwidth", "GB/s", "memory_gbps"),
    ("write_gbps", "write bandwidth", "GB/s", "memory_gbps"),
    ("misaligned_read_gbps", "read bandwidth, misaligned", "GB/s", None),
    ("misaligned_write_gbps", "write bandwidth, misaligned", "GB/s", None),
    ("shared_gbps", "shared memory", "GB/s", None),
    ("upload_gbps", "host to device", "GB/s", None),
    ("download_gbps", "device to host", "GB/s", None),
    ("upload_mapped_gbps", "host to mapped memory", "GB/s", None),
    ("upload_copy_gbps", "mapped memory to device", "GB/s", None),
    ("download_copy_gbps", "device to mapped memory", "GB/s", None),
    ("download_mapped_gbps", "mapped memory to host", "GB/s", None),
    ("fp32_gflops", "fp32 FMA", "GFLOP/s", "fp32_gflops"),
    ("fp16_gflops", "fp16 FMA", "GFLOP/s", "fp16_gflops"),
    ("int32_gops", "int32 multiply-add", "Gop/s", "int32_gops"),
    ("int8_dot_gops", "int8 dot product", "Gop/s", None),
    ("matrix_gflops", "matrix units, fp16", "GFLOP/s", "matrix_gflops"),
    ("launch_us", "launch", "µs", None),
    ("barrier_us", "barrier", "µs", None),
    ("submit_us", "submit", "µs", None),
]

# The kinds of "matrices": what they hold, unit, the vendor's figure.
MATRICES = {
    "fp16": ("fp16", "GFLOP/s", "matrix_gflops"),
    "fp16_sums": ("fp16 with fp16 sums", "GFLOP/s", "matrix_fp16_sums_gflops"),
    "bf16": ("bf16", "GFLOP/s", "matrix_bf16_gflops"),
    "fp8": ("fp8 E4M3", "GFLOP/s", "matrix_fp8_gflops"),
    "fp8_e5m2": ("fp8 E5M2", "GFLOP/s", "matrix_fp8_e5m2_gflops"),
    "int8": ("int8", "Gop/s", "matrix_int8_gops"),
    "uint8": ("uint8", "Gop/s", "matrix_uint8_gops"),
}


def all_peaks(document):
    """Yields (where, what it is, value, unit, the vendor's figure) of every peak but the curve of cached reads, which is no one number."""
    peaks = document["peaks"]
    for key, label, unit, stated in PEAKS:
        if key == "matrix_gflops" and peaks.get("matrix_shape"):
            label += f" ({peaks['matrix_shape']})"
        if peaks.get(key) is not None:
            yield f"peaks.{key}", label, peaks[key], unit, stated
        if key == "matrix_gflops":
            yield from other_matrices(peaks)


def other_matrices(peaks):
    """Yields those that are not matrix_gflops: other kinds, and other shapes of its kind."""
    for i, rate in enumerate(peaks.get("matrices") or []):
        is_roof = rate.get("kind") == "fp16" and rate.get("shape") == peaks.get("matrix_shape")
        if rate.get("gops") is not None and not is_roof:
            kind, unit, stated = MATRICES.get(rate.get("kind"), (rate.get("kind", "?"), "Gop/s", None))
            yield f"peaks.matrices[{i}]", f"matrix units, {kind} ({rate.get('shape', '?')})", rate["gops"], unit, stated


def size(count):
    """Returns a power of two of bytes as people name it: "4 KiB"."""
    return f"{count / 2**10:g} KiB" if count < 2**20 else f"{count / 2**20:g} MiB"


def cached_reads(document):
    """Returns [(bytes, GB/s)] of reads of so many bytes over and over, the fewest first."""
    return sorted((read["bytes"], read["gbps"]) for read in document["peaks"].get("cached_reads") or []
                  if read.get("bytes") and read.get("gbps"))


def rate(least, most, unit):
    """Returns "1500 to 1980 MHz", one number where both are the same."""
    return f"{least:.0f} {unit}" if round(least) == round(most) else f"{least:.0f} to {most:.0f} {unit}"


def conditions(document):
    """Returns under what it was measured: clocks, heat, power, as far as the system told them."""
    clocks, heat, host = (document.get(name) or {} for name in ("clocks", "temperature", "host"))
    said = [f"{kind} {rate(clocks.get(f'{kind}_least_mhz') or 0, clocks[f'{kind}_most_mhz'], 'MHz')}" for kind in ("core", "memory")
            if clocks.get(f"{kind}_most_mhz")]
    if heat.get("most_c"):
        said.append(rate(heat.get("least_c") or 0, heat["most_c"], "°C"))
    said += [f"held down by {what}" for what in document.get("held_by") or []]
    if host.get("governor"):
        said.append(f"governor {host['governor']}")
    if host.get("power"):
        said.append(f"on {host['power']}")
    return said


def facts(document):
    device, host = document["device"], document.get("host") or {}
    memory = device.get("memory_bytes")
    lines = [
        f"{device.get('type', 'device')}, {driver(document)}, Vulkan {device.get('api_version', '?')}",
        f"subgroups of {device.get('subgroup_size', '?')}" + (f", {memory / 2**30:.1f} GiB of memory" if memory else ""),
    ]
    if host:
        load = f", load {host['load']:.1f}" if isinstance(host.get("load"), (int, float)) else ""
        lines.append(f"host: {host.get('cpu', '?')}, {host.get('cores', '?')} cores, {host.get('system', '?')}{load}")
    if measured_under := conditions(document):
        lines.append(f"measured at: {', '.join(measured_under)}")
    if document["peaks"].get("matrix_absent"):
        lines.append(f"matrix units not measured: {document['peaks']['matrix_absent']}")
    lines += [f"{absent.get('name', '?').replace('_', ' ')} not measured: {absent.get('why', '?')}" for absent in
              document["peaks"].get("absent") or [] if absent.get("why") != document["peaks"].get("matrix_absent")]
    lines += [f"failed: {failure}" for failure in document.get("failures") or []]
    program = document.get("program") or {}
    builds = [f"{what} {build}" for what, build in (("build", program.get("build")), ("kernels", program.get("kernels")),
                                                    ("driver", device.get("driver_build"))) if build]
    lines.append(f"vkmbv3 {program.get('version', '?')}" + (f" ({', '.join(builds)})" if builds else ""))
    warning = measurements.noise_warning(document)
    return lines + ([f"these numbers were {warning}"] if warning else [])
