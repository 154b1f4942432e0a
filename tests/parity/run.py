#!/usr/bin/env python3
"""Runs one test module. With GTEST_OUTPUT=xml:FOLDER/ in the environment it reports as GoogleTest programs do.

usage: run.py NAME        exit status 77: everything was skipped
"""

import pathlib
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from run_python import Report, finish


def main(name):
    report = Report()
    try:
        import torch
        import torchvision  # noqa: F401
        from PIL import Image  # noqa: F401
    except ImportError as missing:
        report.rows.append(("parity", name, "skipped", f"PyTorch is not installed: {missing}"))
        print(report.rows[-1][-1])
    else:
        # Threads that wait for each other spin, and other tests run beside this one.
        torch.set_num_threads(1)
        unittest.defaultTestLoader.loadTestsFromName(f"test_{name}").run(report)
    return finish(report, f"parity.{name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
