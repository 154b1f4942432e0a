#!/usr/bin/env python3
"""Draws what `train --dump-schedule` wrote: scripts/draw_schedule.py SCHEDULE.json OUT.svg [STEP [STEPS]]

A row for every queue, link and host thread, measured above planned; the steps asked for, the second by default."""

import html
import json
import sys

WIDTH, ROW, LABEL, GAP = 1200, 26, 250, 34
COLOURS = {"queue": "#3b7dd8", "link": "#e08a2e", "exchange": "#c0492f", "host": "#9aa3ad", "training": "#6a9a5b"}


class NoSuchStep(Exception):
    """Says that nothing was done in the steps asked for."""


def tracks_of(events):
    """Returns the events of each track by process and name, of complete events only."""
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    tracks = {}
    for event in events:
        if event["ph"] == "X":
            tracks.setdefault((event["pid"], names[event["pid"], event["tid"]]), []).append(event)
    return tracks


def steps_of(events, first, count):
    """Returns the events of so many steps, counted from the first that is there."""
    there = sorted({event["args"]["step"] for event in events})
    wanted = there[first:first + count]
    return [event for event in events if event["args"]["step"] in wanted]


def bar(event, begin, end, scale, y, kind):
    start, stop = max(event["ts"], begin), min(event["ts"] + event["dur"], end)
    x, width = LABEL + (start - begin) * scale, max((stop - start) * scale, 0.5)
    opacity = 0.45 if kind == "host" else 0.95
    return (f'<rect x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="{ROW - 8}" fill="{COLOURS[kind]}" '
            f'fill-opacity="{opacity}"><title>{html.escape(event["name"])}: {event["dur"] / 1e3:.2f} ms</title></rect>')


def drawn(events, first, count):
    """Returns the picture as SVG."""
    tracks = tracks_of(events)
    titles = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    chosen = {track: steps_of(of_track, first, count) for track, of_track in tracks.items()}
    spans = {}
    for (pid, name), of_track in chosen.items():
        for event in of_track if name.startswith(("queue", "link")) else ():
            begin, end = spans.get(pid, (event["ts"], event["ts"]))
            spans[pid] = min(begin, event["ts"]), max(end, event["ts"] + event["dur"])
    if not spans:
        raise NoSuchStep
    longest = max(end - begin for begin, end in spans.values())
    scale = (WIDTH - LABEL - 20) / longest
    parts, y = [], 0
    for pid in sorted(spans):
        begin, end = spans[pid]
        y += GAP
        parts.append(f'<text x="10" y="{y - 10}" font-weight="bold">{titles[pid]}: {(end - begin) / 1e3:.1f} ms</text>')
        for (of_pid, name), of_track in sorted(chosen.items()):
            kind = name.split()[0]
            within = [event for event in of_track if event["ts"] + event["dur"] >= begin and event["ts"] <= end]
            if of_pid != pid or not within:
                continue
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{WIDTH - LABEL - 20}" height="{ROW - 2}" fill="#8881"/>')
            parts.append(f'<text x="10" y="{y + 17}">{html.escape(name.split(":")[0])}</text>')
            parts.extend(bar(event, begin, end, scale, y, kind) for event in within)
            y += ROW
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 10}" font-family="sans-serif" font-size="13">'
            f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n')


def fail(text):
    sys.exit(f"draw_schedule.py: error: {text}")


def number(text, what):
    if not text.isdecimal() or int(text) < 1:
        fail(f"'{text}' is no {what}: they are counted from 1")
    return int(text)


def main():
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    schedule, picture = sys.argv[1:3]
    first = number(sys.argv[3], "step") - 1 if len(sys.argv) > 3 else 1
    count = number(sys.argv[4], "number of steps") if len(sys.argv) > 4 else 1
    try:
        with open(schedule, encoding="utf-8") as file:
            events = json.load(file)["traceEvents"]
        svg = drawn(events, first, count)
    except OSError as error:
        fail(f"{schedule} cannot be read: {error.strerror}")
    except NoSuchStep:
        fail(f"{schedule} has no step {first + 1}: give a smaller one")
    except (ValueError, KeyError, TypeError, AttributeError):
        fail(f"{schedule} is not what train --dump-schedule writes")
    try:
        with open(picture, "w", encoding="utf-8") as file:
            file.write(svg)
    except OSError as error:
        fail(f"{picture} cannot be written: {error.strerror}")


if __name__ == "__main__":
    main()
