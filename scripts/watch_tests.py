#!/usr/bin/env python3
"""Says what ctest is doing while it does it.

usage: ctest --verbose … | watch_tests.py LOG [TITLE]

Everything goes to the file LOG. Of it, a line a finished program goes to stdout, with the output of those that failed, and
every SECONDS seconds, terminal or not, stderr says which programs run, how many tests are through and since when.
"""

import queue
import re
import sys
import threading
import time

SECONDS = 20

START = re.compile(r"\s*Start\s+(\d+): (\S+)")
END = re.compile(r"\s*(\d+)/(\d+) Test\s+#(\d+): (\S+) [. ]*(.*)")
OUTPUT = re.compile(r"(\d+): (.*)")
RUNS = re.compile(r"\[ RUN      \] (\S+)")
DONE = re.compile(r"\[\s*(OK|FAILED|SKIPPED|ok|skipped)\s*\] \S+.*\(\S+ m?s\)")


class Watch:
    def __init__(self, title, clock=time.monotonic):
        self.title, self.clock, self.begin = title, clock, clock()
        self.names, self.output, self.current = {}, {}, {}
        self.done = self.total = self.tests = 0

    def take(self, line):
        """Takes a line of ctest's; returns what is to be shown of it."""
        if start := START.match(line):
            number, name = start.groups()
            self.names[number], self.output[number], self.current[number] = name, [], ""
        elif end := END.match(line):
            done, total, number, _, outcome = end.groups()
            self.done, self.total = int(done), int(total)
            output = self.output.pop(number, [])
            self.current.pop(number, None)
            self.tests += not any(DONE.search(row) for row in output)  # a program that is one test
            failed = "***" in outcome and "Skipped" not in outcome
            return [*(output if failed else []), line]
        elif (output := OUTPUT.match(line)) and output[1] in self.output:
            number, text = output.groups()
            self.output[number].append(text)
            self.tests += bool(DONE.search(text))
            if run := RUNS.search(text):
                self.current[number] = run[1]
        return []

    def state(self):
        minutes, seconds = divmod(int(self.clock() - self.begin), 60)
        running = ", ".join(f"{self.names[number]} ({case})" if case else self.names[number] for number, case in self.current.items())
        programs = f"{self.done} of {self.total} programs" if self.total else "no program"
        return f"{self.title}: {minutes}:{seconds:02} min, {self.tests} tests and {programs} done; now {running or 'none'}"


def lines_of(stream, lines):
    for line in stream:
        lines.put(line)
    lines.put(None)


def main(log, title="tests"):
    watch, lines = Watch(title), queue.Queue()
    threading.Thread(target=lines_of, args=(sys.stdin, lines), daemon=True).start()
    said = time.monotonic()
    with open(log, "w", encoding="utf-8") as file:
        while True:
            try:
                line = lines.get(timeout=max(0.0, said + SECONDS - time.monotonic()))
            except queue.Empty:
                line = ""
            if line is None:
                break
            file.write(line)
            for row in watch.take(line.rstrip("\n")):
                print(row, flush=True)
            if time.monotonic() - said >= SECONDS:
                said = time.monotonic()
                print(watch.state(), file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.stdin.reconfigure(errors="replace")
    main(*sys.argv[1:])
