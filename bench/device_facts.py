"""What is said of a device beside its numbers, and which peaks it has."""

import measurements
from measurements import driver

# Member, what it is, unit, the vendor's figure it can be held against.
PEAKS = [
    ("copy_gbps", "copy bandwidth", "GB/s", "memory_gbps"),
    ("read_gbps", "read bandwidth", "GB/s", "memory_gbps"),
    ("write_gbps", "write bandwidth", "GB/s", "memory_gbps"),
    ("upload_gbps", "host to device", "GB/s", None),
    ("download_gbps", "device to host", "GB/s", None),
    ("fp32_gflops", "fp32 FMA", "GFLOP/s", "fp32_gflops"),
    ("fp16_gflops", "fp16 FMA", "GFLOP/s", "fp16_gflops"),
    ("matrix_gflops", "matrix units, fp16", "GFLOP/s", "matrix_gflops"),
    ("launch_us", "launch", "µs", None),
    ("barrier_us", "barrier", "µs", None),
    ("submit_us", "submit", "µs", None),
]


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
    if document["peaks"].get("matrix_absent"):
        lines.append(f"matrix units not measured: {document['peaks']['matrix_absent']}")
    lines += [f"failed: {failure}" for failure in document.get("failures") or []]
    lines.append(f"vkmbv3 {(document.get('program') or {}).get('version', '?')}")
    warning = measurements.noise_warning(document)
    return lines + ([f"these numbers were {warning}"] if warning else [])
