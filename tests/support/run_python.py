#!/usr/bin/env python3
"""Runs one module of tests written in Python, tests/FOLDER/test_NAME.py. With GTEST_OUTPUT=xml:FOLDER/ in the environment it
reports as GoogleTest programs do.

usage: run_python.py FOLDER NAME        exit status 77: everything was skipped
"""

import os
import pathlib
import sys
import time
import unittest
import xml.etree.ElementTree as xml

SKIPPED = 77


class Report(unittest.TestResult):
    """Collects one row a test case: (suite, name, element of the outcome, message)."""

    def __init__(self):
        super().__init__()
        self.rows = []
        self.start = 0.0

    def add(self, test, element, message):
        # A skipped or broken setUpClass arrives as a stand-in for the class.
        parts = test.id().split(".")
        row = (parts[-2], parts[-1], element, message)
        self.rows.append(row)
        outcome = {None: "ok", "skipped": "skipped", "failure": "FAILED"}[element]
        print(f"[{outcome:>8}] {row[0]}.{row[1]} ({time.time() - self.start:.1f} s)", flush=True)
        if message:
            print(message, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.start = time.time()

    def addSuccess(self, test):
        self.add(test, None, "")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.add(test, "failure", self.failures[-1][1])

    def addError(self, test, error):
        super().addError(test, error)
        self.add(test, "failure", self.errors[-1][1])

    def addSubTest(self, test, subtest, error):
        # A test with a part that failed is no success, and no failure of its own either.
        super().addSubTest(test, subtest, error)
        if error:
            listed = self.failures if issubclass(error[0], test.failureException) else self.errors
            self.add(test, "failure", f"{subtest}\n{listed[-1][1]}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.add(test, "skipped", reason)

    def write(self, path):
        suite = xml.Element("testsuite")
        for class_name, name, element, message in self.rows:
            case = xml.SubElement(suite, "testcase", classname=class_name, name=name)
            if element:
                xml.SubElement(case, element, message=message)
        path.parent.mkdir(parents=True, exist_ok=True)
        xml.ElementTree(suite).write(path)


def finish(report, name):
    """Writes the report where it is wanted; returns the exit status."""
    output = os.environ.get("GTEST_OUTPUT", "")
    if output.startswith("xml:"):
        report.write(pathlib.Path(output[4:]) / f"{name}.xml")
    outcomes = [row[2] for row in report.rows]
    if "failure" in outcomes or not outcomes:
        return 1
    return SKIPPED if all(outcome == "skipped" for outcome in outcomes) else 0


# A third of what a short program takes is the system's, much of it page faults: with huge pages it takes a quarter less in all.
# It is for what a test starts. Python has read its own environment by then, and PyTorch is slower with it.
QUICK_START = "glibc.malloc.hugetlb=1:glibc.malloc.trim_threshold=268435456:glibc.malloc.top_pad=8388608"


def main(folder, name):
    os.environ.setdefault("GLIBC_TUNABLES", QUICK_START)
    report = Report()
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / folder))
    unittest.defaultTestLoader.loadTestsFromName(f"test_{name}").run(report)
    return finish(report, f"{folder}.{name}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
