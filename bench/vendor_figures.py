"""What vendors state of their GPUs, to print beside what was measured: memory in GB/s, dense arithmetic in 1e9 operations a second.

The table is vendor_figures.json, which vkmbv3-bench reads, too (bench/vendor_figures.cpp). fp32, fp16 and int32 are the shader units'
rates, matrix_* are those of matrix units without sparsity, fp16 with sums in fp32 where no type is named. From the vendors'
data sheets and architecture papers, at boost clocks, which `source` names; a figure that they do not give is not there.
"""

import json
import pathlib

FIGURES = json.loads(pathlib.Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def figures(device):
    """Returns a device's figures by its Vulkan name, which may go on: "AMD Radeon RX 7900 XTX (RADV NAVI31)". Empty where unknown."""
    for name, known in FIGURES.items():
        if device == name or device.startswith(name + " ("):
            return {member: value for member, value in known.items() if member != "source"}
    return {}
