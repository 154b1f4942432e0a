"""What the tests of bench/ share: running its tools, and results to feed them."""

import importlib.machinery
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BENCH = ROOT / "bench"
sys.path.insert(0, str(BENCH))


def load_tool(name):
    """A tool as a module, to test its functions."""
    loader = importlib.machinery.SourceFileLoader(name, str(BENCH / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def kernel(operator, times, batch=32, precision="fp32", **more):
    times = list(times)
    return {"name": f"mobilenet_v3_large/b{batch}/{precision}/features.3/{operator}", "model": "mobilenet_v3_large", "batch": batch,
            "precision": precision, "layer": "features.3", "operator": operator, "times_us": times,
            "median_us": sorted(times)[len(times) // 2], "flops": 2e8, "bytes": 4e6, "least_bytes": 3e6, "share_bandwidth": 0.6,
            "share_compute": 0.2, "roof": "bandwidth", **more}


def layer(name, operator, us, **more):
    return {"layer": name, "operator": operator, "us": us, "share": us / 1000, "bytes": 4e6, "least_bytes": 2e6, "flops": 3e8,
            "roof": "bandwidth", **more}


def model(mode="training", batch=32, layers=()):
    wall = [1000.0, 1010.0, 990.0, 1005.0, 995.0]
    return {"name": f"mobilenet_v3_large/b{batch}/fp32/{mode}", "model": "mobilenet_v3_large", "batch": batch, "precision": "fp32",
            "mode": mode, "input_size": 224, "wall_us": wall, "median_wall_us": 1000.0, "kernels_us": 900.0,
            "images_per_second": 1e6 * batch / 1000, "layers": list(layers)}


def result(kernels=(), models=(), device="a device", **more):
    return {"format": 1, "program": {"version": "0.1.0"},
            "device": {"name": device, "type": "discrete", "driver_name": "driver", "driver_info": "1.0", "api_version": "1.3.230",
                       "subgroup_size": 32, "memory_bytes": 8 << 30},
            "host": {"system": "Linux", "cpu": "a processor", "cores": 2, "load": 0.1}, "noisy": False, "noise": 0.01,
            "peaks": {"copy_gbps": 400.0, "fp32_gflops": 10000.0, "launch_us": 4.0}, "kernels": list(kernels), "models": list(models),
            **more}


def around(median, count=8, seed=1):
    """Repetitions that scatter by one percent."""
    generator = random.Random(seed)
    return [median * generator.uniform(0.99, 1.01) for _ in range(count)]


class ToolTest(unittest.TestCase):
    """Tests that write results into a folder of their own and run tools on them."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, document):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return path

    def run_tool(self, name, *arguments, **more):
        return subprocess.run([sys.executable, "-B", BENCH / name, *map(str, arguments)], capture_output=True, encoding="utf-8",
                              timeout=60, check=False, env={"PYTHONIOENCODING": "utf-8"}, **more)
