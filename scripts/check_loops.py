#!/usr/bin/env python3
"""Judges the loops of compiled kernels: loads of a body are to be waited for together, not one after the other.

usage: check_loops.py REPORT LISTING        stdout is `PASSED FAILED SKIPPED`, offenders go to stderr

REPORT is what `vkmbv3 selfcheck --compile-only --json` printed on RADV, LISTING what went to stderr meanwhile with
RADV_DEBUG=shaders,nocache: a disassembly a pipeline, in the same order. A full wait is one for all loads that are under way,
vmcnt(0). Where a branch lies between loads there is one for each: what the branch skips cannot be loaded before it is known.
"""

import json
import re
import sys

MOST = 2
# What is known to wait more often in a loop body, and why.
KNOWN = {
    "convolution": (10, "78 loads: registers end what can be in flight"),
    "depthwise": (7, "77 loads of a 5x5 kernel with stride 2: registers end what can be in flight"),
    "depthwise_shared": (4, "25 weights of every tile, and in fp32 what staging has at once"),
    "depthwise_input_grad_forming": (8, "fp32: what the epilogue reads, an output at a time, where registers are short"),
    "pointwise_shared": (17, "inference: the residual, a row at a time, after the product"),
    "pointwise_input_grad_shared": (17, "what the epilogue reads, some rows at a time, after the product"),
    "pointwise_input_grad_forming_shared": (17, "what the epilogue reads, some rows at a time, after the product"),
    "depthwise_merging": (7, "as depthwise"),
    "depthwise_shared_merging": (4, "as depthwise_shared"),
    "depthwise_input_grad_merging": (8, "as depthwise_input_grad_forming"),
    "pointwise_input_grad_merging_shared": (17, "as pointwise_input_grad_forming_shared"),
    "squeeze_excite_layers_grad": (6, "a branch for every activation that there is, of which one is taken"),
    "normalise": (6, "of pictures, not of the network: operations are branches, one after the other"),
    "colour_statistics": (62, "of pictures, not of the network: a histogram for every operation"),
    "colour_pass": (4, "of pictures, not of the network: an operation after the other"),
}


def listings(lines):
    """Yields the blocks of each disassembly, {number: [instruction]}."""
    blocks, block = None, None
    for line in lines:
        if line.startswith("disasm:"):
            if blocks is not None:
                yield blocks
            blocks, block = {}, None
        elif blocks is not None and block != "ended":
            label = re.match(r"BB(\d+):", line)
            if label:
                block = int(label[1])
                blocks[block] = []
            elif line.startswith("\t") and block is not None:
                instruction = line.split(";")[0].strip()
                repeated = re.match(r"\(then repeated (\d+) times\)", instruction)
                blocks[block] += blocks[block][-1:] * int(repeated[1]) if repeated else [instruction]
            elif line.strip():
                block = "ended"
    if blocks is not None:
        yield blocks


def loops(blocks):
    """Returns (first, last) of every loop: what a branch back spans."""
    found = set()
    for block, instructions in blocks.items():
        for instruction in instructions:
            branch = re.match(r"s_c?branch\S*\s+BB(\d+)", instruction)
            if branch and int(branch[1]) <= block:
                found.add((int(branch[1]), block))
    return sorted(found)


def most_waits(blocks):
    """Returns the most full waits of a loop body that loads, loops inside of it left out."""
    spans, most = loops(blocks), 0
    for first, last in spans:
        inner = [span for span in spans if span != (first, last) and first <= span[0] and span[1] <= last]
        body = [instruction for block, instructions in blocks.items() if first <= block <= last
                and not any(begin <= block <= end for begin, end in inner) for instruction in instructions]
        if any(re.match(r"(buffer|global|image|flat)_load", instruction) for instruction in body):
            most = max(most, sum("vmcnt(0)" in instruction for instruction in body if instruction.startswith("s_waitcnt")))
    return most


def main(report, listing):
    with open(report, encoding="utf-8") as file:
        rows = json.load(file)
    with open(listing, encoding="utf-8", errors="replace") as file:
        counts = [(sum(map(len, blocks.values())), most_waits(blocks)) for blocks in listings(file)]
    if not rows or len(rows) != len(counts):
        sys.exit(f"check_loops.py: error: {len(rows)} pipelines in {report} and {len(counts)} disassemblies in {listing}: "
                 "run both at once, with RADV_DEBUG=shaders,nocache")
    failed = 0
    for row, (instructions, waits) in zip(rows, counts):
        told = row.get("statistics", {}).get("Instructions")
        if told is not None and told != instructions:
            sys.exit(f"check_loops.py: error: {row['kernel']} {row['variant']} has {told:g} instructions and its "
                     f"disassembly {instructions}: the listing is in another order")
        if waits > KNOWN.get(row["kernel"], (MOST,))[0]:
            failed += 1
            print(f"failed: {row['device']}: {row['kernel']} {row['variant']}: {waits} full waits in a loop body", file=sys.stderr)
    print(len(rows) - failed, failed, 0)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
