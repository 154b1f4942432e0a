"""What vendors state of their GPUs, to print beside what was measured: memory in GB/s, dense arithmetic in GFLOP/s.

fp32 and fp16 are the shader units' rates, matrix is fp16 with sums in fp32, without sparsity. From the vendors' data sheets and
architecture papers, at boost clocks; a figure that they do not give is not here.
"""

# H200: data sheet (memory; twice this matrix rate is its rate with sparsity); its chip's shader rates are those of H100 SXM5 in
#   "NVIDIA H100 Tensor Core GPU Architecture". The same table: https://glennklockwood.com/garden/processors/h100
# RTX 3090: "NVIDIA Ampere GA102 GPU Architecture", GeForce RTX 3090 (10,496 cores x 2 x 1.695 GHz; fp16 no faster than fp32).
# RTX 4090: "NVIDIA Ada GPU Architecture", GeForce RTX 4090 (16,384 cores x 2 x 2.52 GHz).
#   Both papers give the matrix rate with fp32 sums, half of that with fp16 sums.
# RX 7900 XTX: AMD's product page; matrix is 512 operations a clock and compute unit (GPUOpen, "How to accelerate AI applications
#   on RDNA 3 using WMMA") x 96 units x 2.5 GHz.
# RX 6900 XT: AMD's product page (5,120 cores x 2 x 2.25 GHz, twice that in fp16). It has no matrix units.

FIGURES = {
    "NVIDIA H200": {"memory_gbps": 4800, "fp32_gflops": 66900, "fp16_gflops": 133800, "matrix_gflops": 989400},
    "NVIDIA GeForce RTX 3090": {"memory_gbps": 936, "fp32_gflops": 35580, "fp16_gflops": 35580, "matrix_gflops": 71000},
    "NVIDIA GeForce RTX 4090": {"memory_gbps": 1008, "fp32_gflops": 82580, "fp16_gflops": 82580, "matrix_gflops": 165200},
    "AMD Radeon RX 7900 XTX": {"memory_gbps": 960, "fp32_gflops": 61400, "fp16_gflops": 122800, "matrix_gflops": 122800},
    "AMD Radeon RX 6900 XT": {"memory_gbps": 512, "fp32_gflops": 23040, "fp16_gflops": 46080},
}


def figures(device):
    """Returns a device's figures by its Vulkan name, which may go on: "AMD Radeon RX 7900 XTX (RADV NAVI31)". Empty where unknown."""
    for name, known in FIGURES.items():
        if device == name or device.startswith(name + " ("):
            return known
    return {}
