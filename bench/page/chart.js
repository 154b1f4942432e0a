// A chart with logarithmic axes. Points are found by the pointer and, with the arrow keys, from the keyboard; what is said of one
// stands in a tip that screen readers announce. A table on the page holds the same numbers.

const MARGIN = { left: 62, right: 18, top: 12, bottom: 44 };
const REACH = 30; // pixels from a point at which the pointer still finds it

// Returns the decades around all values as [lowest, highest] exponents.
function decades(values) {
  const low = Math.floor(Math.log10(Math.min(...values))),
    high = Math.ceil(Math.log10(Math.max(...values)));
  return [low, Math.max(high, low + 1)];
}

class Axis {
  constructor([low, high], from, to) {
    Object.assign(this, { low, high, from, to });
  }
  at(value) {
    return this.from + ((Math.log10(value) - this.low) / (this.high - this.low)) * (this.to - this.from);
  }
}

class Chart {
  // figure: the element to fill. Its content is made by `show`.
  constructor(figure) {
    this.figure = figure;
    this.tip = make("div", { class: "tip", role: "status" });
    new ResizeObserver(() => this.content && this.width() !== this.drawn && this.draw()).observe(figure);
  }

  // content: {caption, remark, says, x: {label, text, ticks}, y: …, curves, marks, legend, height}. curves: [{points: [[x, y]…], kind,
  // colour, label}], marks: [{x, y, colour, kind, says}]. `says` is what is read of the whole, and of a mark.
  show(content) {
    this.content = content;
    this.draw();
  }

  width() {
    return Math.max(260, Math.floor(this.figure.clientWidth) - 24);
  }

  draw() {
    const { caption, remark, says, marks, curves, legend = [], empty, height = 360 } = this.content;
    const width = (this.drawn = this.width());
    const heading = make("figcaption", null, caption, remark ? make("small", null, ` ${remark}`) : null);
    this.tip.textContent = "";
    if (marks.length === 0) {
      this.figure.replaceChildren(heading, make("p", { class: "empty" }, empty));
      return;
    }
    const reached = [...marks, ...curves.flatMap(({ points }) => points.map(([x, y]) => ({ x, y })))];
    this.x = new Axis(this.content.x.range ?? decades(reached.map(({ x }) => x)), MARGIN.left, width - MARGIN.right);
    this.y = new Axis(this.content.y.range ?? decades(reached.map(({ y }) => y)), height - MARGIN.bottom, MARGIN.top);
    this.ring = makeShape("circle", { class: "ring", r: 7, visibility: "hidden" });
    const svg = makeShape(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        height,
        role: "img",
        tabindex: "0",
        "aria-label": `${caption}. ${says} Arrow keys walk through the points.`,
        pointermove: (event) => this.point(event),
        pointerleave: () => this.choose(-1),
        keydown: (event) => this.walk(event),
        blur: () => this.choose(-1),
      },
      ...this.grid(width, height),
      ...curves.map((curve) => this.curve(curve)),
      ...marks.map((mark) => this.mark(mark)),
      ...curves.map((curve) => this.label(curve, width)),
      this.ring,
    );
    const key = make(
      "ul",
      { class: "legend", "aria-hidden": "true" },
      ...legend.map(({ colour, text }) => make("li", null, make("span", { class: "dot", "--family": colour }), text)),
    );
    this.order = marks.map((_, i) => i).sort((a, b) => marks[a].x - marks[b].x || marks[a].y - marks[b].y);
    this.chosen = -1;
    this.figure.replaceChildren(heading, svg, key, this.tip);
  }

  *grid(width, height) {
    const { x, y } = this.content;
    const across = { y1: MARGIN.top, y2: height - MARGIN.bottom },
      along = { x1: MARGIN.left, x2: width - MARGIN.right };
    for (const tick of this.ticks(this.x, x)) {
      const at = this.x.at(tick.value);
      yield makeShape("line", { class: tick.text ? "grid" : "minor", x1: at, x2: at, ...across });
      if (tick.text)
        yield makeShape("text", { x: at, y: height - MARGIN.bottom + 17, "text-anchor": "middle" }, tick.text);
    }
    for (const tick of this.ticks(this.y, y)) {
      const at = this.y.at(tick.value);
      yield makeShape("line", { class: tick.text ? "grid" : "minor", y1: at, y2: at, ...along });
      if (tick.text) yield makeShape("text", { x: MARGIN.left - 7, y: at + 4, "text-anchor": "end" }, tick.text);
    }
    yield makeShape(
      "text",
      { x: (MARGIN.left + width - MARGIN.right) / 2, y: height - 8, "text-anchor": "middle" },
      x.label,
    );
    yield makeShape(
      "text",
      {
        x: 12,
        y: (height - MARGIN.bottom) / 2,
        "text-anchor": "middle",
        transform: `rotate(-90 12 ${(height - MARGIN.bottom) / 2})`,
      },
      y.label,
    );
  }

  *ticks(axis, { ticks, text }) {
    if (ticks) {
      for (const value of ticks) yield { value, text: text(value) };
      return;
    }
    for (let decade = axis.low; decade <= axis.high; ++decade)
      for (let digit = 1; digit < (decade < axis.high ? 10 : 2); ++digit) {
        const value = digit * 10 ** decade;
        yield { value, text: digit === 1 ? text(value) : null };
      }
  }

  path(points) {
    return "M" + points.map(([x, y]) => `${this.x.at(x).toFixed(1)} ${this.y.at(y).toFixed(1)}`).join("L");
  }

  curve({ points, kind, colour }) {
    return makeShape("path", { class: kind, "--family": colour, d: this.path(points) });
  }

  // Writes a curve's name above its end, or along it where it rises from the left edge to there.
  label({ points, label, along }, width) {
    if (!label) return null;
    const [x0, y0] = points[0],
      [x1, y1] = points.at(-1);
    if (!along) {
      const end = Math.min(this.x.at(x1), width - MARGIN.right);
      return makeShape("text", { class: "label", x: end - 3, y: this.y.at(y1) - 6, "text-anchor": "end" }, label);
    }
    const x = (this.x.at(x0) + this.x.at(x1)) / 2,
      y = (this.y.at(y0) + this.y.at(y1)) / 2 - 7;
    const angle = (Math.atan2(this.y.at(y1) - this.y.at(y0), this.x.at(x1) - this.x.at(x0)) * 180) / Math.PI;
    return makeShape(
      "text",
      { class: "label", x, y, "text-anchor": "middle", transform: `rotate(${angle.toFixed(1)} ${x} ${y + 7})` },
      label,
    );
  }

  mark({ x, y, kind, colour }) {
    return makeShape("circle", {
      class: `mark ${kind ?? ""}`,
      "--family": colour,
      cx: this.x.at(x).toFixed(1),
      cy: this.y.at(y).toFixed(1),
      r: 3.5,
    });
  }

  point(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const left = event.clientX - box.left,
      top = event.clientY - box.top;
    let nearest = -1,
      least = REACH;
    this.content.marks.forEach((mark, i) => {
      const distance = Math.hypot(this.x.at(mark.x) - left, this.y.at(mark.y) - top);
      if (distance < least) [nearest, least] = [i, distance];
    });
    this.choose(nearest);
  }

  walk(event) {
    const place = this.order.indexOf(this.chosen),
      last = this.order.length - 1;
    const next = {
      ArrowRight: Math.min(place + 1, last),
      ArrowLeft: Math.max(place - 1, 0),
      ArrowUp: Math.min(place + 1, last),
      ArrowDown: Math.max(place - 1, 0),
      Home: 0,
      End: last,
      Escape: -1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.choose(next < 0 ? -1 : this.order[next]);
  }

  choose(i) {
    if (i === this.chosen) return;
    this.chosen = i;
    this.ring.setAttribute("visibility", i < 0 ? "hidden" : "visible");
    this.tip.textContent = i < 0 ? "" : this.content.marks[i].says;
    if (i < 0) return;
    const mark = this.content.marks[i],
      x = this.x.at(mark.x),
      y = this.y.at(mark.y);
    this.ring.setAttribute("cx", x);
    this.ring.setAttribute("cy", y);
    // Beside the point, on the side that has room.
    const frame = this.figure.getBoundingClientRect(),
      svg = this.figure.querySelector("svg").getBoundingClientRect();
    const at = svg.left - frame.left + x,
      left = x < this.drawn / 2;
    this.tip.style.left = left ? `${at + 14}px` : "auto";
    this.tip.style.right = left ? "auto" : `${frame.width - at + 14}px`;
    this.tip.style.top = `${svg.top - frame.top + Math.max(0, y - 20)}px`;
  }
}
