"""Where a time lies under a device's roofs: bench/roofs.cpp's formula, for results that hold only what was measured."""


def rate(work, microseconds):
    """Returns (GB/s, GFLOP/s) of the least bytes and the FLOPs of a row."""
    return work["least_bytes"] / microseconds * 1e-3, work["flops"] / microseconds * 1e-3


def standing(work, microseconds, peaks, precision):
    """Returns the members that the suite writes beside a time; none where there are no roofs."""
    bandwidth, arithmetic = peaks.get("copy_gbps") or 0, peaks.get("fp32_gflops") or 0
    if microseconds <= 0 or bandwidth <= 0 or arithmetic <= 0:
        return {}
    if precision == "fp16":
        arithmetic = max(arithmetic, peaks.get("fp16_gflops") or 0)
    on_matrix_units = peaks.get("matrix_gflops") or arithmetic
    matrix_flops = work.get("matrix_flops") or 0
    bandwidth_us = work["least_bytes"] / bandwidth * 1e-3
    compute_us = ((work["flops"] - matrix_flops) / arithmetic + matrix_flops / on_matrix_units) * 1e-3
    launch_us = work["dispatches"] * ((peaks.get("launch_us") or 0) + (peaks.get("barrier_us") or 0))
    nearest = max(bandwidth_us, compute_us, launch_us)
    gbps, gflops = rate(work, microseconds)
    return {"gbps": gbps, "gflops": gflops, "share_bandwidth": bandwidth_us / microseconds, "share_compute": compute_us / microseconds,
            "roof": "launch" if nearest == launch_us else "compute" if nearest == compute_us else "bandwidth"}
