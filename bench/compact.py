"""The compact form of a result, which is what bench/results/ holds: the suite's rows without what follows from others.

A network's nodes are listed once, and beside them what was measured at every batch size. Texts and amounts of work are in tables
that rows point into. `expand` gives the suite's rows back, with these differences:

  times               four significant digits; repetitions to a thousandth of their median
  work                what is a + b x batch at every batch size is kept as (a, b): the same to five digits
  layers              left out but at the smallest and the largest batch of each network
  host_us             left out: the host's clock beside the device's, which the suite itself compares
  checked, max_error  left out: `checked` of the document says how many kernels were, and the largest error
"""

import json
import re
import statistics

from standing import standing

VERSION = 1

TIME_DIGITS = 4
WORK_DIGITS = 6
LINE_TOLERANCE = 1e-5  # of work along a line over batch sizes: the suite writes six digits

WORK = ("dispatches", "flops", "bytes", "least_bytes", "matrix_flops")
NAMED = ("name", "model", "batch", "precision", "layer", "operator")
KERNEL_MEMBERS = {*NAMED, *WORK, "shapes", "kernels", "times_us", "median_us"}
LAYER_MEMBERS = {*WORK, "layer", "operator", "us"}
DERIVED = {"gbps", "gflops", "share_bandwidth", "share_compute", "roof", "share", "median_wall_us", "images_per_second"}
LEFT_OUT = {"host_us", "checked", "max_error"}
STEP = ("model", "precision", "mode")


class Malformed(Exception):
    """Says which table of a compact result does not fit the others."""


def rounded(value, digits):
    value = float(f"{value:.{digits}g}")
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def step_of(model):
    return *(model.get(key) for key in STEP), model.get("batch")


class Texts:
    """Numbers the different texts of one kind in the order in which they come."""

    def __init__(self):
        self.places = {}

    def add(self, text):
        return self.places.setdefault(text, len(self.places))

    def list(self):
        return list(self.places)


# --- Writing ----------------------------------------------------------------------------------------------------------


def line(values):
    """Returns (a, b) with value = a + b x batch for every {batch: value}; None where there are none."""
    batches = sorted(values)
    first, last = batches[0], batches[-1]
    if first == last:
        a, b = values[first], 0.0
    else:
        b = (values[last] - values[first]) / (last - first)
        a = values[first] - b * first
        if abs(a) <= LINE_TOLERANCE * values[first]:
            a, b = 0.0, values[last] / last
    a, b = rounded(a, WORK_DIGITS), rounded(b, WORK_DIGITS)
    fits = all(abs(a + b * batch - value) <= LINE_TOLERANCE * abs(value) for batch, value in values.items())
    return (a, b) if fits else None


def work_line(rows):
    """Returns the work of one node at its batch sizes, {batch: row}; None where it is on no line.

    It is dispatches, then (a, b) of FLOPs and of bytes, then of least bytes where they differ, then of FLOPs on matrix units.
    """
    dispatches = {row.get("dispatches", 0) for row in rows.values()}
    flops, moved, least, matrix = (line({batch: row.get(member) or 0 for batch, row in rows.items()})
                                   for member in ("flops", "bytes", "least_bytes", "matrix_flops"))
    if len(dispatches) > 1 or None in (flops, moved, least, matrix):
        return None
    work = [*dispatches, *flops, *moved]
    if least != moved or any(matrix):
        work += least
    return (*work, *matrix) if any(matrix) else tuple(work)


def work_at(work, batch):
    """Returns the members of a row that `work_line` was made of."""
    dispatches, *pairs = work
    amounts = [a + b * batch for a, b in zip(pairs[::2], pairs[1::2], strict=True)]
    flops, moved, least, *matrix = amounts if len(amounts) > 2 else [*amounts, amounts[-1]]
    row = {"dispatches": dispatches, "flops": flops, "bytes": moved, "least_bytes": least}
    return {**row, "matrix_flops": matrix[0]} if matrix else row


def shapes_template(shapes, batch, known):
    """Writes N for the batch size. At batch 1 nothing tells it from other ones: a template of a larger batch is taken if it fits."""
    for template in known:
        if with_batch(template, batch) == shapes:
            return template
    return re.sub(rf"(?<![\dx]){batch}x", "Nx", shapes) if batch > 1 else shapes


def with_batch(template, batch):
    return re.sub(r"(?<![\dx])Nx", f"{batch}x", template)


class Grid:
    """Collects rows that differ in their batch size as one list of nodes: what they are, and per batch what was measured."""

    def __init__(self, head):
        self.head = head
        self.nodes = {}  # identity -> {batch: row}

    def add(self, identity, batch, row):
        self.nodes.setdefault(identity, {})[batch] = row

    def lines(self):
        """Returns [(identity, work, {batch: row})]: a node whose work is on no line comes once for every batch."""
        result = []
        for identity, rows in self.nodes.items():
            work = work_line(rows)
            parts = [rows] if work else [{batch: row} for batch, row in rows.items()]
            result += [(identity, work_line(part), part) for part in parts]
        return result

    def batches(self):
        return sorted({batch for rows in self.nodes.values() for batch in rows}, reverse=True)


def repetitions(times, median):
    """Returns thousandths that each time is longer than the median."""
    return [round(1000 * (time / median - 1)) for time in times]


def median_of(row):
    return row.get("median_us") or (statistics.median(row["times_us"]) if row.get("times_us") else 0)


def kernels_of(row):
    return " ".join(row.get("kernels", []))


def kernel_grids(kernels, texts):
    grids, templates = {}, {}
    for row in sorted(kernels, key=lambda row: -row["batch"]):
        prefix = f"{row['model']}/b{row['batch']}/{row['precision']}/{row['layer']}/{row['operator']}"
        numbered = re.fullmatch(re.escape(prefix) + r"\.(\d+)", row["name"])
        number = int(numbered[1]) if numbered else 0
        node = row["layer"], row["operator"], number
        known = templates.setdefault((row["model"], node), [])
        template = shapes_template(row.get("shapes", ""), row["batch"], known)
        if template not in known:
            known.append(template)
        grid = grids.setdefault((row["model"], row["precision"]), Grid({"model": row["model"], "precision": row["precision"]}))
        grid.add((*node, template), row["batch"], row)
    return [kernel_grid(grid, texts) for grid in grids.values()]


def kernel_grid(grid, texts):
    """Writes a grid's columns. Those of a batch hold nothing of the nodes' kernels but what differs from their largest batch."""
    nodes = grid.lines()
    out = {**grid.head,
           "layer": [texts["layers"].add(identity[0]) for identity, _, _ in nodes],
           "operator": [texts["operators"].add(identity[1]) for identity, _, _ in nodes],
           "number": {str(i): identity[2] for i, (identity, _, _) in enumerate(nodes) if identity[2]},
           "shapes": [texts["shapes"].add(identity[3]) for identity, _, _ in nodes],
           "work": [texts["work"].add(work) for _, work, _ in nodes],
           "kernels": [texts["kernels"].add(kernels_of(rows[max(rows)])) for _, _, rows in nodes], "batches": {}}
    for batch in grid.batches():
        columns = {"us": [], "repetitions": [], "kernels": {}, "more": {}}
        for i, (_, _, rows) in enumerate(nodes):
            row = rows.get(batch)
            median = rounded(median_of(row), TIME_DIGITS) if row else 0
            columns["us"].append(median)
            columns["repetitions"].append(repetitions(row["times_us"], median) if median else [])
            if row:
                kernels = texts["kernels"].add(kernels_of(row))
                if kernels != out["kernels"][i]:
                    columns["kernels"][str(i)] = kernels
                more = {key: value for key, value in row.items() if key not in KERNEL_MEMBERS | DERIVED | LEFT_OUT}
                if more or not median:
                    columns["more"][str(i)] = more
        out["batches"][str(batch)] = columns
    return out


def step_grids(models, texts):
    """Keeps the layers of each step at its smallest and its largest batch."""
    batches = {}
    for model in models:
        if model.get("layers"):
            batches.setdefault(step_of(model)[:-1], set()).add(model["batch"])
    grids = {}
    for model in sorted(models, key=lambda row: -row["batch"]):
        kept = batches.get(step_of(model)[:-1])
        if not kept or model["batch"] not in (min(kept), max(kept)):
            continue
        head = {key: model[key] for key in STEP}
        grid = grids.setdefault(tuple(head.values()), Grid(head))
        seen = {}
        for layer in model.get("layers", []):
            node = layer["layer"], layer["operator"]
            seen[node] = seen.get(node, 0) + 1
            grid.add((*node, seen[node]), model["batch"], layer)
    return [step_grid(grid, texts) for grid in grids.values()]


def step_grid(grid, texts):
    nodes = grid.lines()
    out = {**grid.head, "layer": [texts["layers"].add(identity[0]) for identity, _, _ in nodes],
           "operator": [texts["operators"].add(identity[1]) for identity, _, _ in nodes],
           "work": [texts["work"].add(work) for _, work, _ in nodes], "batches": {}}
    for batch in grid.batches():
        times = [rounded(rows[batch]["us"], TIME_DIGITS) if batch in rows else None for _, _, rows in nodes]
        out["batches"][str(batch)] = {"us": times}
    return out


def compact(document):
    """Returns the compact form of a document as the suite writes it."""
    texts = {name: Texts() for name in ("layers", "operators", "shapes", "kernels", "work")}
    kernels, models = document["kernels"], document["models"]
    out = {key: value for key, value in document.items() if key not in ("kernels", "models")}
    checked = [row["max_error"] for row in kernels if row.get("checked") and row.get("max_error") is not None]
    if checked:
        out["checked"] = {"kernels": len(checked), "max_error": max(checked)}
    out.update({"compact": VERSION, "kernels": kernel_grids(kernels, texts), "steps": step_grids(models, texts),
                "models": [{key: value for key, value in row.items() if key not in DERIVED | {"layers"}} for row in models]})
    out["tables"] = {name: table.list() for name, table in texts.items()}
    return out


def to_text(value, depth=0):
    """Writes the members of outer objects on lines of their own, and columns on one, so that files can be read and compared."""
    if isinstance(value, dict) and value and depth < 5:
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {to_text(member, depth + 1)}" for key, member in value.items()) + "\n}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(to_text(member, depth + 1) for member in value) + "\n]"
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


# --- Reading ----------------------------------------------------------------------------------------------------------


def column(table, name, length):
    values = table.get(name)
    if not isinstance(values, list) or len(values) != length:
        raise Malformed(f"{name} is no list of {length} entries")
    return values


def picked(tables, name, index):
    """Returns an entry of a table. Python would count from the end where an index is negative."""
    table = tables.get(name)
    if not isinstance(table, list) or isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(table):
        raise Malformed(f"there is no {index} in the table of {name}")
    return table[index]


def named_nodes(grid, tables):
    """Returns [(layer, operator, work)] of a grid."""
    count = len(grid["layer"])
    return [(picked(tables, "layers", layer), picked(tables, "operators", operator), picked(tables, "work", work))
            for layer, operator, work in zip(grid["layer"], column(grid, "operator", count), column(grid, "work", count))]


def kernel_rows(grid, tables, peaks):
    nodes, numbers = named_nodes(grid, tables), grid["number"]
    shapes, kernels = ([picked(tables, name, index) for index in column(grid, name, len(nodes))]
                       for name in ("shapes", "kernels"))
    for text, columns in grid["batches"].items():
        batch, more, other = int(text), columns["more"], columns["kernels"]
        times, repeated = (column(columns, name, len(nodes)) for name in ("us", "repetitions"))
        for i, (layer, operator, work) in enumerate(nodes):
            if not times[i] and str(i) not in more:
                continue
            row = {"name": f"{grid['model']}/b{batch}/{grid['precision']}/{layer}/{operator}", "model": grid["model"], "batch": batch,
                   "precision": grid["precision"], "layer": layer, "operator": operator, **work_at(work, batch),
                   "shapes": with_batch(shapes[i], batch), "median_us": times[i],
                   "kernels": (picked(tables, "kernels", other[str(i)]) if str(i) in other else kernels[i]).split(),
                   "times_us": [times[i] * (1 + thousandths / 1000) for thousandths in repeated[i]]}
            if numbers.get(str(i)):
                row["name"] += f".{numbers[str(i)]}"
            yield {**row, **standing(row, times[i], peaks, row["precision"]), **more.get(str(i), {})}


def model_row(model, layers):
    wall = statistics.median(model["wall_us"]) if model.get("wall_us") else 0
    return {**model, "median_wall_us": wall, "images_per_second": model["batch"] / wall * 1e6 if wall > 0 else 0, "layers": layers}


def layer_rows(grids, tables, peaks, models):
    """Returns the layers of every model that has some, {(model, precision, mode, batch): rows}."""
    totals = {step_of(model): model.get("kernels_us") or 0 for model in models}
    result = {}
    for grid in grids:
        nodes = named_nodes(grid, tables)
        for text, columns in grid["batches"].items():
            step = (*(grid[key] for key in STEP), int(text))
            total, rows = totals.get(step, 0), result.setdefault(step, [])
            for (layer, operator, work), us in zip(nodes, column(columns, "us", len(nodes))):
                if us is not None:
                    row = {"layer": layer, "operator": operator, "us": us, "share": us / total if total else 0,
                           **work_at(work, step[-1])}
                    rows.append({**row, **standing(row, us, peaks, grid["precision"])})
    return result


def expand(document):
    """Returns the rows of a compact document as the suite writes them; raises Malformed where its tables do not fit together."""
    if document.get("compact") != VERSION:
        raise Malformed(f"its compact form is {document.get('compact')}, and only {VERSION} is known here")
    try:
        tables, peaks, models = document["tables"], document.get("peaks") or {}, document["models"]
        layers = layer_rows(document["steps"], tables, peaks, models)
        kernels = [row for grid in document["kernels"] for row in kernel_rows(grid, tables, peaks)]
        models = [model_row(model, layers.get(step_of(model), [])) for model in models]
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Malformed(f"its compact form is damaged ({type(error).__name__}: {error})") from error
    out = {key: value for key, value in document.items() if key not in ("compact", "tables", "steps")}
    return {**out, "kernels": kernels, "models": models}
