// What bench/page/payload.py wrote. What all devices share is read at once, a device's kernels when they are first looked at.

const parsed = (id) => JSON.parse(byId(id).textContent);
const shared = parsed("shared");
const { devices, texts, families } = shared;
const colourOf = (family) => `light-dark(${families[family].light}, ${families[family].dark})`;
const deviceOf = (id) => devices.find((device) => device.id === id);
const title = (device) => `${device.name} · ${device.driver} · vkmbv3 ${device.version}`;

const details = new Map();

// Returns {kernels, steps} of a device: `kernels` as rows, `steps` as lists of operators by the name of the run.
function detailOf(id) {
  if (!details.has(id)) {
    const { kernels, steps } = parsed(`detail-${devices.findIndex((device) => device.id === id)}`);
    details.set(id, { kernels: kernels.key.map((key, i) => kernelRow(kernels, key, i)), steps });
  }
  return details.get(id);
}

function kernelRow(columns, key, i) {
  const [model, batch, precision, layer, label, operator, shapes, flops, least] = shared.keys[key];
  const us = columns.us[i],
    bytes = columns.bytes[i] || least;
  return {
    name: `${texts[model]}/b${batch}/${texts[precision]}/${texts[layer]}/${texts[label]}`,
    model: texts[model],
    batch,
    precision: texts[precision],
    layer: texts[layer],
    label: texts[label],
    operator: texts[operator],
    family: shared.family[operator],
    shapes: texts[shapes],
    variant: texts[columns.variant[i]],
    us,
    low: us * (1 - columns.low[i] / 1000),
    high: us * (1 + columns.high[i] / 1000),
    flops,
    bytes,
    rate: (flops / us) * 1e6,
    intensity: flops / bytes,
    share: columns.share[i],
    roof: shared.roofs[columns.roof[i]],
  };
}

// Returns the values of a member that rows have, in order, for a select.
const distinct = (rows, member) =>
  [...new Set(rows.map((row) => row[member]))].sort((a, b) => (typeof a === "number" ? b - a : a < b ? -1 : 1));
