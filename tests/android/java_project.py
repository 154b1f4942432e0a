"""Compiles the app's Java as its Gradle project does, with what Android 8 has of Java's library."""

import pathlib
import shutil
import subprocess

TESTS = pathlib.Path(__file__).resolve().parent
APP = TESTS.parent.parent / "apps/android"
JAVAC = shutil.which("javac")


def sources(folder):
    return sorted(folder.rglob("*.java"))


def compile_java(files, out, *options):
    """What javac finds wrong with these files, warnings included; "" where that is nothing."""
    out.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([JAVAC, "--release", "8", "-encoding", "UTF-8", "-Xlint:all,-options", "-Werror", "-d", out, *options,
                           *files], capture_output=True, text=True, timeout=300, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr
