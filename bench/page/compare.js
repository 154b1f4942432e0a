// Two results, kernel by kernel. A ratio is B's speed over A's: above 1, B is faster.

const THRESHOLD = 0.05;
const LEAST_SIDE = 1.25; // of a bar to the edge, so that noise does not fill one

// Judges two medians by the ranges of their repetitions, as docs/benchmarks.md says.
function verdict(a, b) {
  const apart = a.high < b.low || b.high < a.low,
    ratio = a.us / b.us;
  if (!apart || (ratio < 1 + THRESHOLD && ratio > 1 / (1 + THRESHOLD))) return "same";
  return ratio > 1 ? "faster" : "slower";
}

const KIND = { faster: "better", slower: "worse", same: "" };

// Returns a column of ratios and one of bars, as long as the largest ratio of the table, `side()`, lets them be.
function ratioColumns(ratio, judged, side) {
  const length = (row) => Math.max(-1, Math.min(1, Math.log(ratio(row)) / Math.log(side())));
  return [
    numeric("B over A", ratio, times, { hint: "speed of B over speed of A" }),
    {
      title: "slower · faster",
      value: ratio,
      kind: (row) => `ratio ${KIND[judged(row)]}`,
      cell: (row) => make("i", { "aria-hidden": "true", "--side": length(row).toFixed(3) }),
    },
  ];
}

// Returns the largest ratio, to either side.
const sideOf = (ratios) => Math.max(LEAST_SIDE, ...ratios.map((ratio) => Math.max(ratio, 1 / ratio)));

const rangeCell = (kernel) => [
  duration(kernel.us),
  make("small", null, `${duration(kernel.low)} – ${duration(kernel.high)}`),
];

// Returns the rows that are in both, by their names.
function pairsOf(rows, others) {
  const named = new Map(others.map((row) => [row.name, row]));
  return rows.filter((row) => named.has(row.name)).map((row) => ({ a: row, b: named.get(row.name) }));
}

class Comparison {
  constructor() {
    const ofRates = ({ a, b }) => b.rate / a.rate;
    const ofTimes = ({ a, b }) => a.us / b.us;
    const judged = ({ a, b }) => verdict(a, b);
    const networkColumns = [
      {
        title: "Network",
        value: ({ a }) => a.name,
        cell: ({ a }) => [a.model, make("small", null, `${a.mode}, ${a.precision}`)],
      },
      numeric("Batch", ({ a }) => a.batch, String),
      numeric("A, images/s", ({ a }) => a.rate, figure),
      numeric("B, images/s", ({ b }) => b.rate, figure),
      ...ratioColumns(ofRates, judged, () => sideOf(this.networks.rows.map(ofRates))),
    ];
    this.networks = new Table(byId("compare-networks"), "Whole networks", networkColumns, {
      empty: "none was measured in both.",
    });
    const operatorColumns = [
      { title: "Operator", value: ({ operator }) => operator },
      numeric("Kernels", ({ count }) => count, String),
      numeric("Faster", ({ faster }) => faster, String),
      numeric("Slower", ({ slower }) => slower, String),
      ...ratioColumns(
        ({ ratio }) => ratio,
        ({ ratio }) => (ratio > 1 ? "faster" : "slower"),
        () => sideOf(this.operators.rows.map(({ ratio }) => ratio)),
      ),
    ];
    const worstFirst = { descending: false, empty: "no kernel is in both." };
    this.operators = new Table(byId("compare-operators"), "By operator", operatorColumns, {
      ...worstFirst,
      sort: operatorColumns[4],
      limit: 10,
    });
    const kernelColumns = [
      { title: "Kernel", value: ({ a }) => a.name, cell: ({ a }) => kernelCell(a) },
      { title: "A", number: true, value: ({ a }) => a.us, cell: ({ a }) => rangeCell(a) },
      { title: "B", number: true, value: ({ b }) => b.us, cell: ({ b }) => rangeCell(b) },
      ...ratioColumns(ofTimes, judged, () => this.side),
      { title: "B is", value: judged, cell: judged, kind: (row) => `verdict-${KIND[judged(row)]}` },
    ];
    this.kernels = new Table(byId("compare-kernels"), "Kernel by kernel", kernelColumns, {
      ...worstFirst,
      sort: kernelColumns[3],
      limit: 25,
    });
    this.filter = new KernelFilter("compare", () => this.drawKernels());
  }

  draw() {
    const a = deviceOf(view.a),
      b = deviceOf(view.b);
    this.networks.update(pairsOf(a.models, b.models).filter((pair) => pair.a.rate > 0 && pair.b.rate > 0));
    this.pairs = pairsOf(detailOf(a.id).kernels, detailOf(b.id).kernels);
    this.filter.offer(this.pairs.map((pair) => pair.a));
    this.drawKernels();
  }

  drawKernels() {
    const wanted = new Set(this.filter.select(this.pairs.map((pair) => pair.a)));
    const pairs = this.pairs.filter((pair) => wanted.has(pair.a));
    const groups = grouped(pairs, (pair) => pair.a.operator);
    const count = (list, word) => list.filter(({ a, b }) => verdict(a, b) === word).length;
    const ratio = (list) => geometricMean(list.map(({ a, b }) => a.us / b.us));
    this.operators.update(
      [...groups].map(([operator, list]) => ({
        operator,
        count: list.length,
        faster: count(list, "faster"),
        slower: count(list, "slower"),
        ratio: ratio(list),
      })),
      "geometric means",
    );
    this.side = sideOf(pairs.map(({ a, b }) => a.us / b.us));
    this.kernels.update(pairs);
    this.summarise(pairs, pairs.length ? ratio(pairs) : null, count(pairs, "faster"), count(pairs, "slower"));
  }

  summarise(pairs, ratio, faster, slower) {
    const place = byId("compare-summary");
    if (ratio === null) {
      place.replaceChildren("These two have no such kernel in common.");
      return;
    }
    const [quicker, longer, same] = [faster, slower, pairs.length - faster - slower].map((count) =>
      count.toLocaleString("en-US"),
    );
    place.replaceChildren(
      "B is ",
      make("strong", null, times(ratio)),
      ` as fast as A over ${plural(pairs.length, "kernel")} (geometric mean): ` +
        `${quicker} faster, ${longer} slower, ${same} the same within noise.`,
    );
  }
}

function showComparison() {
  const options = devices.map((device) => [device.id, title(device)]);
  offer(byId("compare-a"), options, view.a || devices[0].id);
  offer(byId("compare-b"), options, view.b || (devices[1] ?? devices[0]).id);
  Object.assign(view, { a: byId("compare-a").value, b: byId("compare-b").value });
  bind(byId("compare-a"), "a");
  bind(byId("compare-b"), "b");
  byId("swap").addEventListener("click", () => change({ a: view.b, b: view.a }));
  const comparison = new Comparison();
  whenever(["a", "b"], () => {
    byId("compare-a").value = view.a;
    byId("compare-b").value = view.b;
    comparison.draw();
  });
}
