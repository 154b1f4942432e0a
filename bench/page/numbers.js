// Numbers as people read them: three digits, "–" where there is none.

function figure(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  return Math.abs(value) >= 99.95 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
const tick = (value) => Number(value.toPrecision(3)).toLocaleString("en-US"); // of an axis, where zeros at the end say nothing

// Writes a number with the largest of the units, [name, size], that fits, or the last.
function scaled(value, units, write = figure) {
  if (value === null || value === undefined) return "–";
  const [name, size] = units.find(([, least]) => value >= 0.9995 * least) ?? units.at(-1);
  return `${write(value / size)} ${name}`.trimEnd();
}

const duration = (us) =>
  scaled(us, [
    ["s", 1e6],
    ["ms", 1e3],
    ["µs", 1],
  ]);
const byteCount = (bytes) =>
  scaled(bytes, [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
    ["B", 1],
  ]);
const flopCount = (flops, write) =>
  scaled(
    flops,
    [
      ["T", 1e12],
      ["G", 1e9],
      ["M", 1e6],
      ["k", 1e3],
      ["", 1],
    ],
    write,
  );
const flopRate = (flops) =>
  scaled(flops, [
    ["TFLOP/s", 1e12],
    ["GFLOP/s", 1e9],
    ["MFLOP/s", 1e6],
    ["kFLOP/s", 1e3],
    ["FLOP/s", 1],
  ]);
const byteRate = (bytes) =>
  scaled(bytes, [
    ["TB/s", 1e12],
    ["GB/s", 1e9],
    ["MB/s", 1e6],
  ]);
const percent = (share) =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
const times = (ratio) => `${ratio >= 10 ? figure(ratio) : ratio >= 0.1 ? ratio.toFixed(2) : ratio.toPrecision(2)}×`;
const plural = (count, noun) => `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    if (!groups.has(key(row))) groups.set(key(row), []);
    groups.get(key(row)).push(row);
  }
  return groups;
}
