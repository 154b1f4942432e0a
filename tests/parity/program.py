"""vkmbv3 as its users see it: a command line (docs/cli.md)."""

import functools
import json
import os
import subprocess
import unittest

PROGRAM = os.environ.get("VKMBV3_PROGRAM", "build/release/bin/vkmbv3")


@functools.lru_cache(None)
def usual_device():
    """The default device, or rather than SwiftShader another driver, which keeps what it has compiled."""
    names = [device["name"] for device in devices()]
    return next((i for i, name in enumerate(names) if "SwiftShader" not in name), 0)


def run(*arguments):
    """Runs a command with --json and returns its standard output."""
    if arguments[0] != "devices" and "--device" not in arguments:
        arguments += ("--device", usual_device())
    command = [PROGRAM, *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nexit status {done.returncode}\n{done.stderr}")
    return done.stdout


def run_lines(*arguments):
    return [json.loads(line) for line in run(*arguments).splitlines() if line.strip()]


@functools.lru_cache(None)
def devices():
    return json.loads(run("devices"))


class DeviceTest(unittest.TestCase):
    """A test that needs a Vulkan device."""

    @classmethod
    def setUpClass(cls):
        if not devices():
            raise unittest.SkipTest("no Vulkan device")


def check_drawn(seed, check):
    """Checks what training makes of the images and weights of a seed. In one of several steps an activation may fall on the other
    side of a kink, and which does depends on the processor. That says nothing of what is compared: two other draws must then both
    do, which with an error of ours they do not."""
    try:
        return check(seed)
    except AssertionError as error:
        print(f"seed {seed}: {error}; two others must do")
    for other in (seed + 10, seed + 20):
        check(other)


def add_cases(test_class, method, table):
    """Makes one test of `method` for each (name, case) of the table."""
    for name, case in table.items():
        setattr(test_class, f"test_{name}", functools.partialmethod(method, case))
