// One device: its peaks beside its vendor's figures, its networks, where a step's time goes, its kernels under the roofs.

const ROOF_TEXT = { bandwidth: "memory", compute: "arithmetic", launch: "launch" };

// Returns the roofs as curves: memory's slope up to the highest ceiling, and a ceiling for each kind of arithmetic.
function roofCurves(device, low, high) {
  const { bandwidth, ceilings } = device.roofs,
    curves = [];
  const highest = Math.max(...ceilings.map(([, rate]) => rate));
  if (bandwidth && ceilings.length)
    curves.push({
      points: [
        [low, low * bandwidth],
        [highest / bandwidth, highest],
      ],
      kind: "roof",
      label: `memory ${byteRate(bandwidth)}`,
      along: true,
    });
  for (const [name, rate] of ceilings)
    curves.push({
      points: [
        [bandwidth ? rate / bandwidth : low, rate],
        [high, rate],
      ],
      kind: name === "fp32" ? "roof" : "roof dashed",
      label: `${name} ${flopRate(rate)}`,
    });
  return curves;
}

const kernelSays = (kernel) =>
  [
    `${kernel.layer} / ${kernel.label}`,
    `${kernel.model}, batch ${kernel.batch}, ${kernel.precision}`,
    `${duration(kernel.us)}, ${flopRate(kernel.rate)}, ${figure(kernel.intensity)} FLOPs a byte`,
    `${percent(kernel.share)} of the nearer roof`,
  ].join("\n");

function rooflineContent(device, kernels) {
  const drawn = kernels.filter((kernel) => kernel.flops > 0);
  const marks = drawn.map((kernel) => ({
    x: kernel.intensity,
    y: kernel.rate,
    colour: colourOf(kernel.family),
    kind: kernel.precision === "fp32" ? "" : "hollow",
    says: kernelSays(kernel),
  }));
  const { bandwidth, ceilings } = device.roofs;
  const rates = ceilings.map(([, rate]) => rate),
    ridges = bandwidth ? rates.map((rate) => rate / bandwidth) : [];
  const [low, high] = drawn.length ? decades([...marks.map((mark) => mark.x), ...ridges]) : [0, 1];
  const [bottom, top] = drawn.length ? decades([...marks.map((mark) => mark.y), ...rates]) : [0, 1];
  const start = Math.max(10 ** low, bandwidth ? 10 ** bottom / bandwidth : 0);
  const legend = families
    .map(({ name }, i) => ({ colour: colourOf(i), text: name, i }))
    .filter(({ i }) => drawn.some((kernel) => kernel.family === i));
  return {
    caption: `Roofline of ${device.name}`,
    remark: drawn.some((kernel) => kernel.precision !== "fp32") ? "hollow: fp16" : "",
    says: `${plural(drawn.length, "kernel")} by FLOPs a byte and FLOPs a second, under the roofs of memory and arithmetic.`,
    marks,
    legend,
    curves: drawn.length ? roofCurves(device, start, 10 ** high) : [],
    height: 440,
    empty: "No kernel that computes is shown.",
    x: { label: "FLOPs per byte moved", text: tick, range: [low, high] },
    y: { label: "FLOP/s", text: (value) => flopCount(value, tick), range: [bottom, top] },
  };
}

// The sizes are powers of two from a few KiB on: every fourth has its name at the axis.
function cachesContent(device) {
  const { caches } = device;
  const exponents = caches.map(({ bytes }) => Math.log10(bytes));
  const named = new Map(caches.filter((_, i) => i % 4 === 0).map(({ bytes, size }) => [bytes, size]));
  return {
    caption: `Reads of the same bytes over and over, ${device.name}`,
    remark: "the whole device reads them: steps are its caches",
    says: `Bytes a second by the bytes that are read, of ${plural(caches.length, "size")}.`,
    marks: caches.map(({ bytes, size, rate }) => ({
      x: bytes,
      y: rate,
      colour: COLOURS[0],
      says: `${size}\n${byteRate(rate)}`,
    })),
    curves: [{ points: caches.map(({ bytes, rate }) => [bytes, rate]), kind: "curve", colour: COLOURS[0] }],
    height: 300,
    empty: "Nothing of it was measured.",
    x: {
      label: "bytes that are read",
      text: (bytes) => named.get(bytes),
      ticks: [...named.keys()],
      range: [Math.min(...exponents) - 0.15, Math.max(...exponents) + 0.15],
    },
    y: { label: "GB/s", text: (value) => tick(value / 1e9) },
  };
}

const withUnit = (value, unit) => (value === null ? "–" : `${figure(value)} ${unit}`);

class DeviceView {
  constructor() {
    this.peaks = new Table(
      byId("device-peaks"),
      "Peaks",
      [
        { title: "Peak", value: (peak) => peak.label },
        {
          title: "Measured",
          number: true,
          value: (peak) => peak.value,
          cell: (peak) => withUnit(peak.value, peak.unit),
        },
        {
          title: "Vendor",
          number: true,
          value: (peak) => peak.vendor,
          cell: (peak) => withUnit(peak.vendor, peak.unit),
        },
        numeric("Share", (peak) => peak.share, percent, { share: (peak) => atMostOne(peak.share) }),
      ],
      { empty: "none was measured." },
    );
    this.networks = new Table(
      byId("device-networks"),
      "Networks",
      [
        { title: "Network", value: (run) => run.model },
        { title: "Mode", value: (run) => run.mode },
        { title: "Precision", value: (run) => run.precision },
        numeric("Batch", (run) => run.batch, String),
        numeric("Wall", (run) => run.wall, duration),
        numeric("Spread", (run) => (run.wall ? (run.high - run.low) / run.wall : null), percent, {
          hint: "from the quickest repetition to the slowest",
        }),
        numeric("Kernels", (run) => run.kernels, duration, { hint: "sum of the kernels' times" }),
        numeric("Images/s", (run) => run.rate, figure, { share: (run) => run.rate / this.fastest }),
      ],
      { empty: "none was measured." },
    );
    const time = numeric("Time", (row) => row.us, duration);
    this.operators = new Table(
      byId("device-operators"),
      "Time by operator",
      [
        { title: "Operator", value: (row) => row.operator, cell: (row) => [familyDot(row.family), row.operator] },
        numeric("Layers", (row) => row.layers, String),
        time,
        numeric("Share", (row) => row.us / this.total, percent, { share: (row) => row.us / this.longest }),
        numeric("Bytes", (row) => row.bytes, byteCount),
        numeric("FLOPs", (row) => row.flops, flopCount),
        numeric("Memory", (row) => (row.bytes / row.us) * 1e6, byteRate, { hint: "bytes a second" }),
        numeric("Arithmetic", (row) => (row.flops ? (row.flops / row.us) * 1e6 : null), flopRate, {
          hint: "FLOPs a second",
        }),
      ],
      { sort: time, limit: 12, empty: "the layers of no step are here." },
    );
    const range = (kernel) => make("small", null, `${duration(kernel.low)} – ${duration(kernel.high)}`);
    const kernelTime = {
      title: "Time",
      number: true,
      value: (kernel) => kernel.us,
      cell: (kernel) => [duration(kernel.us), range(kernel)],
    };
    this.kernels = new Table(
      byId("device-kernels"),
      "Kernels",
      [
        {
          title: "Kernel",
          value: (kernel) => kernel.name,
          cell: (kernel) => [...kernelCell(kernel), make("small", null, kernel.variant)],
        },
        kernelTime,
        numeric("Bytes", (kernel) => kernel.bytes, byteCount),
        numeric("FLOPs", (kernel) => kernel.flops, flopCount),
        numeric("Of the roof", (kernel) => kernel.share, percent, {
          hint: "share of the nearer roof",
          share: (kernel) => atMostOne(kernel.share),
        }),
        { title: "Roof", hint: "what limits it", value: (kernel) => ROOF_TEXT[kernel.roof] ?? null },
      ],
      { sort: kernelTime, limit: 25, empty: "no kernel is found." },
    );
    this.caches = new Chart(byId("caches"));
    this.cachesTable = new Table(
      byId("caches-table"),
      "Reads of the same bytes over and over",
      [
        { title: "Bytes", number: true, value: (read) => read.bytes, cell: (read) => read.size },
        numeric("Rate", (read) => read.rate, byteRate),
      ],
      { empty: "none was measured." },
    );
    this.roofline = new Chart(byId("roofline"));
    this.filter = new KernelFilter("device", () => this.drawKernels());
    byId("device-step").addEventListener("input", () => this.drawStep());
  }

  draw() {
    const device = (this.device = deviceOf(view.device));
    byId("device-facts").replaceChildren(...device.facts.map((fact) => make("li", null, fact)));
    this.peaks.update(device.listed);
    this.caches.show(cachesContent(device));
    this.cachesTable.update(device.caches);
    this.fastest = Math.max(...device.models.map((run) => run.rate));
    this.networks.update(device.models);
    this.detail = detailOf(device.id);
    const steps = Object.keys(this.detail.steps);
    offer(
      byId("device-step"),
      steps.map((name) => [name, name.replaceAll("/", ", ")]),
      byId("device-step").value,
    );
    this.drawStep();
    const first = {
      batch: (batches) => batches[0],
      precision: (precisions) => (precisions.includes("fp32") ? "fp32" : precisions[0]),
    };
    this.filter.offer(this.detail.kernels, first);
    this.drawKernels();
  }

  drawStep() {
    const rows = (this.detail.steps[byId("device-step").value] ?? []).map(([operator, layers, us, bytes, flops]) => ({
      operator: texts[operator],
      family: shared.family[operator],
      layers,
      us,
      bytes,
      flops,
    }));
    this.total = rows.reduce((sum, row) => sum + row.us, 0);
    this.longest = Math.max(...rows.map((row) => row.us));
    const timeOf = (family) => rows.filter((row) => row.family === family).reduce((sum, row) => sum + row.us, 0);
    const byFamily = families.map(({ name }, i) => ({ name, i, us: timeOf(i) }));
    byId("device-share").replaceChildren(
      ...byFamily
        .filter(({ us }) => us > 0)
        .map(({ name, i, us }) =>
          make(
            "i",
            { "--family": colourOf(i), title: `${name}: ${percent(us / this.total)}`, "--grow": us / this.total },
            us / this.total > 0.09 ? `${name} ${percent(us / this.total)}` : null,
          ),
        ),
    );
    this.operators.update(rows, rows.length ? `${duration(this.total)} in all` : "");
  }

  drawKernels() {
    const kernels = this.filter.select(this.detail.kernels);
    this.roofline.show(rooflineContent(this.device, kernels));
    this.kernels.update(
      kernels,
      `${kernels.length.toLocaleString("en-US")} of ${this.detail.kernels.length.toLocaleString("en-US")}`,
    );
  }
}

function showDevice() {
  offer(
    byId("device-name"),
    devices.map((device) => [device.id, title(device)]),
    view.device || devices[0].id,
  );
  view.device = byId("device-name").value;
  bind(byId("device-name"), "device");
  const shown = new DeviceView();
  whenever(["device"], () => {
    byId("device-name").value = view.device;
    shown.draw();
  });
}
