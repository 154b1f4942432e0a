// The table of all devices, and how their throughput grows with the batch.

const CURVES = 8; // with a colour and a name of their own; more would be a thicket
const COLOURS = [
  ["#0072b2", "#56b4e9"],
  ["#d55e00", "#ff8c42"],
  ["#009e73", "#2fd3a3"],
  ["#aa4499", "#e38fd0"],
  ["#8a6a00", "#f0d040"],
  ["#332288", "#a39bff"],
  ["#117733", "#7bd88f"],
  ["#882255", "#ff86b6"],
].map(([light, dark]) => `light-dark(${light}, ${dark})`);
const GREY = "light-dark(#8c959f, #6e7681)";

// Returns a device's runs of the chosen network, by batch.
function runsOf(device, mode) {
  const wanted = (run) =>
    run.mode === mode && run.model === view.network && run.precision === view.precision && run.rate > 0;
  return device.models.filter(wanted).sort((one, other) => one.batch - other.batch);
}
const runOf = (device, mode) =>
  (view.batch ? runsOf(device, mode).find((run) => String(run.batch) === view.batch) : runsOf(device, mode).at(-1)) ??
  null;

const chosenDevices = () =>
  devices.filter((device) => finds(view.filter, [title(device), device.type, device.id].join(" ")));

function rateColumn(titled, mode, shown) {
  const value = (device) => runOf(device, mode)?.rate ?? null;
  const most = () => Math.max(...shown().map((device) => value(device) ?? 0));
  return {
    title: titled,
    unit: "images/s",
    number: true,
    value,
    cell: (device) => {
      const run = runOf(device, mode);
      return run ? [figure(run.rate), make("small", null, `batch ${run.batch}`)] : "–";
    },
    share: (device) => (value(device) ?? 0) / most(),
  };
}

function peakColumn(titled, unit, hint, key) {
  return numeric(titled, (device) => device.peaks[key] ?? null, figure, { unit, hint });
}

function showDevices() {
  let shown = [];
  const columns = [
    {
      title: "Device",
      value: (device) => device.name,
      cell: (device) => [
        make(
          "button",
          {
            class: "link",
            type: "button",
            click: () => {
              change({ device: device.id });
              goTo("device");
            },
          },
          device.name,
        ),
        make("small", null, `${device.driver}${device.noisy ? " · measured on a noisy machine" : ""}`),
      ],
    },
    { title: "Type", value: (device) => device.type },
    { title: "vkmbv3", hint: "version of the program", value: (device) => device.version },
    rateColumn("Training", "training", () => shown),
    rateColumn("Inference", "inference", () => shown),
    peakColumn("Copy", "GB/s", "read and written", "copy_gbps"),
    peakColumn("fp32", "GFLOP/s", "multiply-adds", "fp32_gflops"),
    peakColumn("fp16", "GFLOP/s", "multiply-adds", "fp16_gflops"),
    peakColumn("Matrix", "GFLOP/s", "matrix units, fp16 with sums in fp32", "matrix_gflops"),
    peakColumn("Launch", "µs", "of one of many dispatches", "launch_us"),
  ];
  const table = new Table(byId("devices-table"), "Devices", columns, {
    sort: columns[3],
    empty: "no device is found.",
  });
  whenever(["filter", "network", "precision", "batch"], () => {
    shown = chosenDevices();
    byId("devices-count").textContent =
      (shown.length < devices.length ? `${shown.length} of ` : "") + plural(devices.length, "result");
    table.update(shown, `${view.network}, ${view.precision}`);
  });
}

// Returns the batch sizes that have been measured, a tick each.
function batchTicks(marks) {
  const batches = [...new Set(marks.map((mark) => mark.x))].sort((a, b) => a - b);
  const low = Math.log10(batches[0]) - 0.15,
    high = Math.log10(batches.at(-1)) + 0.15;
  return { label: "batch size", text: String, ticks: batches, range: [low, high] };
}

function scalingContent(mode) {
  const byRate = (one, other) => runsOf(other, mode).at(-1).rate - runsOf(one, mode).at(-1).rate;
  const measured = chosenDevices()
    .filter((device) => runsOf(device, mode).length > 0)
    .sort(byRate);
  const curves = [],
    marks = [];
  measured.forEach((device, i) => {
    const runs = runsOf(device, mode),
      colour = COLOURS[i] ?? GREY,
      faded = i < CURVES ? "" : " faded";
    curves.push({ points: runs.map((run) => [run.batch, run.rate]), kind: `curve${faded}`, colour });
    for (const run of runs)
      marks.push({
        x: run.batch,
        y: run.rate,
        colour,
        kind: faded,
        says: `${title(device)}\n${figure(run.rate)} images/s, batch ${run.batch}`,
      });
  });
  const legend = measured.slice(0, CURVES).map((device, i) => ({ colour: COLOURS[i], text: device.name }));
  if (measured.length > CURVES) legend.push({ colour: GREY, text: plural(measured.length - CURVES, "slower device") });
  return {
    caption: mode === "training" ? "Training" : "Inference",
    remark: `${view.network}, ${view.precision}, images a second`,
    says: `Images a second by batch size of ${plural(measured.length, "device")}.`,
    curves,
    marks,
    legend,
    height: 300,
    empty: "No device here has measured it.",
    x: marks.length ? batchTicks(marks) : null,
    y: { label: "images/s", text: tick },
  };
}

function showScaling() {
  const charts = ["training", "inference"].map((mode) => [mode, new Chart(byId(`scaling-${mode}`))]);
  const table = new Table(byId("scaling-table"), "Images a second by batch size", [
    {
      title: "Device",
      value: ({ device }) => device.name,
      cell: ({ device }) => [device.name, make("small", null, device.driver)],
    },
    { title: "Mode", value: ({ run }) => run.mode },
    numeric("Batch", ({ run }) => run.batch, String),
    numeric("Images/s", ({ run }) => run.rate, figure),
    numeric("A step", ({ run }) => run.wall, duration),
  ]);
  whenever(["filter", "network", "precision"], () => {
    for (const [mode, chart] of charts) chart.show(scalingContent(mode));
    const runs = (device) => charts.flatMap(([mode]) => runsOf(device, mode).map((run) => ({ device, run })));
    table.update(chosenDevices().flatMap(runs));
  });
}

function offerNetworks() {
  const runs = devices.flatMap((device) => device.models);
  for (const [id, member] of [
    ["network", "model"],
    ["precision", "precision"],
  ]) {
    const values = distinct(runs, member);
    if (!values.includes(view[id])) view[id] = values[0] ?? "";
    offer(
      byId(id),
      values.map((value) => [value, value]),
      view[id],
    );
  }
  offer(
    byId("batch"),
    [["", "largest measured"], ...distinct(runs, "batch").map((batch) => [String(batch), String(batch)])],
    view.batch,
  );
  view.batch = byId("batch").value;
  for (const id of ["filter", "network", "precision", "batch"]) bind(byId(id), id);
}
