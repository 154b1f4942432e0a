#!/usr/bin/env python3
"""Counts the test cases of one ctest run.

usage: count_tests.py FOLDER

FOLDER/ctest.xml is `ctest --output-junit`, FOLDER/cases/NAME.xml what the program of test NAME wrote because of
GTEST_OUTPUT. A test with such a file counts as its cases, any other as one. Failures and the reasons of skips go to
stderr; stdout is `PASSED FAILED SKIPPED`.
"""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


def cases(test, report):
    """Yields (name, outcome, message) of one ctest test."""
    name = test.get("name")
    failed = test.find("failure") is not None or test.get("status") == "fail"
    found_failure = False
    if report.exists():
        for case in xml.parse(report).iter("testcase"):
            if case.get("status") == "notrun" or case.get("result") == "suppressed":
                continue  # left out by a filter, or disabled
            full_name = f"{name}: {case.get('classname')}.{case.get('name')}"
            failure, skip = case.find("failure"), case.find("skipped")
            if failure is not None:
                found_failure = True
                yield full_name, "failed", failure.get("message", "")
            elif skip is not None:
                yield full_name, "skipped", skip.get("message") or skip.text or ""
            else:
                yield full_name, "passed", ""
        if failed and not found_failure:
            yield name, "failed", "the program failed outside of its test cases"
    elif failed:
        yield name, "failed", "see the output above"
    elif test.find("skipped") is not None or test.get("status") in ("notrun", "disabled"):
        skip = test.find("skipped")
        yield name, "skipped", skip.get("message", "") if skip is not None else ""
    else:
        yield name, "passed", ""


def lines_of(message):
    return [line.strip() for line in message.strip().splitlines() if line.strip()] or ["no reason given"]


def failure_in_short(message):
    lines = lines_of(message)
    # GoogleTest begins with file:line and then says what; a Python traceback ends with what.
    if len(lines) > 1 and re.fullmatch(r"\S+:\d+", lines[0]):
        return f"{lines[0]}: {lines[1]}"
    return lines[-1]


def main(folder):
    count = collections.Counter()
    reasons = collections.defaultdict(list)
    for test in xml.parse(folder / "ctest.xml").iter("testcase"):
        for name, outcome, message in cases(test, folder / "cases" / f"{test.get('name')}.xml"):
            count[outcome] += 1
            if outcome == "failed":
                print(f"failed: {name}: {failure_in_short(message)}", file=sys.stderr)
            elif outcome == "skipped":
                reasons[lines_of(message)[-1]].append(name)
    for reason, names in reasons.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"skipped: {names[0]}{more}: {reason}", file=sys.stderr)
    print(count["passed"], count["failed"], count["skipped"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
