#!/usr/bin/env python3
"""Judges the pipelines of `vkmbv3 selfcheck --compile-only --json` (on stdin): each must have been created, and spill no
register. Offenders go to stderr; stdout is `PASSED FAILED SKIPPED`."""

import json
import sys


def spills(statistics):
    """Counts registers that went to memory. NVK's "Spills to reg" are uniform registers that became ordinary ones."""
    return {name: value for name, value in statistics.items()
            if "spill" in name.lower() and not name.endswith("to reg") and value > 0}


def main():
    rows = json.load(sys.stdin)
    if not rows:
        sys.exit("check_pipelines.py: error: selfcheck compiled nothing")
    failed = 0
    for row in rows:
        found = spills(row.get("statistics", {}))
        if row["ok"] and not found:
            continue
        failed += 1
        why = ", ".join(f"{name} = {value:g}" for name, value in found.items()) or "not created"
        print(f"failed: {row['device']}: {row['kernel']} {row['variant']}: {why}", file=sys.stderr)
    if not any(row.get("statistics") for row in rows):
        sys.exit("check_pipelines.py: error: the driver reported no statistics, so spills cannot be seen")
    print(len(rows) - failed, failed, 0)


if __name__ == "__main__":
    main()
