"""A device's roofline as SVG: kernels as points, by FLOPs per byte and FLOP/s, under the roofs the suite measured."""

import math
import re
from xml.sax.saxutils import escape

from measurements import scaled

# The first pattern that an operator's name begins with. The colours tell apart on light and dark, and for the colour-blind.
FAMILIES = [
    ("pointwise", r"pointwise|gemm|linear", "#0072b2", "#56b4e9"),
    ("depthwise", r"depthwise", "#d55e00", "#ff8c42"),
    ("convolution", r"convolution|columns", "#009e73", "#2fd3a3"),
    ("batch norm", r"batch_", "#aa4499", "#e38fd0"),
    ("squeeze-excite", r"channel_scale|global_average_pool", "#b08800", "#f0d040"),
    ("other", r"", "#777777", "#aaaaaa"),
]

WIDTH, HEIGHT = 900, 560
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 84, 60  # margins of the plot


def family(operator):
    return next(i for i, (_, pattern, *_) in enumerate(FAMILIES) if re.match(pattern, operator))


def roofs(peaks):
    """Returns (bytes per second, [(label, FLOP/s)]); each may be missing."""
    bandwidth = max((peaks.get(key) or 0 for key in ("copy_gbps", "read_gbps", "write_gbps")), default=0) * 1e9
    labels = (("fp32_gflops", "fp32"), ("fp16_gflops", "fp16"), ("matrix_gflops", "matrix units, fp16"))
    return bandwidth, [(label, peaks[key] * 1e9) for key, label in labels if peaks.get(key)]


def points(kernels):
    """Returns (FLOPs per byte, FLOP/s, family, precision, name) of the kernels that compute and move something."""
    result = []
    for kernel in kernels:
        flops, moved, time = (kernel.get(key) or 0 for key in ("flops", "bytes", "median_us"))
        if flops > 0 and moved > 0 and time > 0:
            result.append((flops / moved, flops / time * 1e6, family(kernel.get("operator", "")),
                           kernel.get("precision", "fp32"), kernel["name"]))
    return result


class Axes:
    """Maps values to the picture: log-log, whole decades around everything shown."""

    def __init__(self, xs, ys):
        self.x0, self.x1 = math.floor(math.log10(min(xs))), math.ceil(math.log10(max(xs)))
        self.y0, self.y1 = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
        self.x1, self.y1 = max(self.x1, self.x0 + 1), max(self.y1, self.y0 + 1)

    def x(self, value):
        return LEFT + (math.log10(value) - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return HEIGHT - BOTTOM - (math.log10(value) - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM)

    def grid(self):
        for low, high, place, vertical in ((self.x0, self.x1, self.x, True), (self.y0, self.y1, self.y, False)):
            for decade in range(low, high + 1):
                for digit in range(1, 10 if decade < high else 2):
                    at = place(digit * 10.0**decade)
                    kind = "grid" if digit == 1 else "minor"
                    ends = (f'x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{HEIGHT - BOTTOM}"' if vertical else
                            f'x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}"')
                    yield f'<line class="{kind}" {ends}/>'
        for decade in range(self.x0, self.x1 + 1):
            yield text(self.x(10.0**decade), HEIGHT - BOTTOM + 18, f"{10.0**decade:g}", anchor="middle")
        for decade in range(self.y0, self.y1 + 1):
            label = scaled(10.0**decade, ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1))
            yield text(LEFT - 8, self.y(10.0**decade) + 4, label, anchor="end")


def text(x, y, content, anchor="start", kind="", rotate=None):
    turned = f' transform="rotate({rotate:.1f} {x:.1f} {y:.1f})"' if rotate is not None else ""
    return (f'<text{f" class={chr(34)}{kind}{chr(34)}" if kind else ""} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turned}>'
            f"{escape(content)}</text>")


def theme(paper, ink, soft, grid, minor, shade):
    """Returns the rules of one background; `shade` picks each family's colour. No variables: not every viewer knows them."""
    families = "".join(f".f{i}{{fill:{colors[shade]};stroke:{colors[shade]}}}" for i, (_, _, *colors) in enumerate(FAMILIES))
    return (f"text{{fill:{soft}}}.title,.roof{{fill:{ink}}}.roof{{stroke:{paper}}}path{{stroke:{ink}}}.paper{{fill:{paper}}}"
            f".grid{{stroke:{grid}}}.minor{{stroke:{minor}}}{families}.hollow{{fill:none}}")


def style():
    light = theme("#ffffff", "#1f2328", "#59636e", "#d1d9e0", "#eef1f4", 0)
    dark = theme("#0d1117", "#e6edf3", "#9198a1", "#343b44", "#1c222a", 1)
    return ("<style>text{font:13px system-ui,sans-serif}.title{font-size:16px;font-weight:600}"
            "path{fill:none;stroke-width:1.6}.dashed{stroke-dasharray:7 4}"
            ".roof{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}circle{fill-opacity:.7}.hollow{stroke-width:1.4}"
            f"{light}@media (prefers-color-scheme:dark){{{dark}}}</style>")


def draw_roofs(axes, bandwidth, ceilings):
    left, right = 10.0**axes.x0, 10.0**axes.x1
    highest = max((rate for _, rate in ceilings), default=10.0**axes.y1)
    if bandwidth:
        # The slope, from where it enters the plot to the highest ceiling.
        start, end = max(left, 10.0**axes.y0 / bandwidth), min(highest / bandwidth, right)
        x, y = axes.x(start), axes.y(start * bandwidth)
        yield f'<path d="M{x:.1f} {y:.1f}L{axes.x(end):.1f} {axes.y(end * bandwidth):.1f}"/>'
        middle = math.sqrt(start * end)
        angle = math.degrees(math.atan2(axes.y(end * bandwidth) - y, axes.x(end) - x))
        radians = math.radians(angle)
        yield text(axes.x(middle) + 8 * math.sin(radians), axes.y(middle * bandwidth) - 8 * math.cos(radians),
                   f"memory {scaled(bandwidth, ('TB/s', 1e12), ('GB/s', 1e9))}", anchor="middle", kind="roof", rotate=angle)
    lowest_label = -math.inf
    for i, (label, rate) in enumerate(sorted(ceilings, key=lambda ceiling: -ceiling[1])):
        start = min(max(left, rate / bandwidth if bandwidth else left), right)
        dashed = "" if label == "fp32" else ' class="dashed"'
        yield f'<path{dashed} d="M{axes.x(start):.1f} {axes.y(rate):.1f}H{WIDTH - RIGHT}"/>'
        # Ceilings close to each other would write over each other: the lower one's label goes below its line.
        above = axes.y(rate) - 6
        place = above if above - lowest_label >= 16 else axes.y(rate) + 16
        lowest_label = place
        yield text(WIDTH - RIGHT - 4, place, f"{label} {scaled(rate, ('TFLOP/s', 1e12), ('GFLOP/s', 1e9))}", anchor="end",
                   kind="roof")


def draw_points(axes, kernels):
    seen = set()
    for intensity, rate, which, precision, name in kernels:
        at = f'cx="{axes.x(intensity):.1f}" cy="{axes.y(rate):.1f}"'
        if (at, which, precision) in seen:
            continue
        seen.add((at, which, precision))
        hollow = " hollow" if precision != "fp32" else ""
        yield f'<circle class="f{which}{hollow}" {at} r="3.2"><title>{escape(name)}</title></circle>'


def legend(kernels):
    x, y = LEFT, 62
    for i, (label, *_) in enumerate(FAMILIES):
        if any(point[2] == i for point in kernels):
            yield f'<circle class="f{i}" cx="{x + 5}" cy="{y - 4}" r="4.5"/>' + text(x + 15, y, label)
            x += 30 + round(7.2 * len(label))
    if any(point[3] != "fp32" for point in kernels):
        yield f'<circle class="f5 hollow" cx="{x + 5}" cy="{y - 4}" r="4.5"/>' + text(x + 15, y, "hollow: fp16")


def svg(title, document):
    """Draws the whole picture; None where there is nothing to show."""
    bandwidth, ceilings = roofs(document["peaks"])
    kernels = points(document["kernels"])
    if not kernels:
        return None
    rates = [point[1] for point in kernels] + [rate for _, rate in ceilings]
    ridges = [rate / bandwidth for _, rate in ceilings] if bandwidth else []
    axes = Axes([point[0] for point in kernels] + ridges, rates)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(title)}: roofline</title>",
        style(),
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        text(LEFT, 32, title, kind="title"),
        *axes.grid(),
        *draw_points(axes, kernels),
        *draw_roofs(axes, bandwidth, ceilings),
        *legend(kernels),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "FLOPs per byte moved", anchor="middle"),
        text(20, (TOP + HEIGHT - BOTTOM) / 2, "FLOP/s", anchor="middle", rotate=-90),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
