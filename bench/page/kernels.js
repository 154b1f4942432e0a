// Which kernels a part of the page shows: a search field and three selects, offered from what there is.

class KernelFilter {
  // prefix: of the controls' ids. `start` is what to choose first, for example {batch: largest}.
  constructor(prefix, drawn) {
    this.controls = Object.fromEntries(
      ["filter", "network", "precision", "batch"].map((name) => [name, byId(`${prefix}-${name}`)]),
    );
    for (const control of Object.values(this.controls)) control.addEventListener("input", drawn);
  }

  // Offers what these kernels have, and keeps what was chosen.
  offer(kernels, start = {}) {
    for (const [name, member] of [
      ["network", "model"],
      ["precision", "precision"],
      ["batch", "batch"],
    ]) {
      const control = this.controls[name],
        first = control.options.length === 0;
      const values = distinct(kernels, member).map(String);
      offer(
        control,
        [["", "all"], ...values.map((value) => [value, value])],
        first ? (start[name]?.(values) ?? "") : control.value,
      );
    }
  }

  select(kernels) {
    const [filter, network, precision, batch] = Object.values(this.controls).map((control) => control.value);
    return kernels.filter(
      (kernel) =>
        (!network || kernel.model === network) &&
        (!precision || kernel.precision === precision) &&
        (!batch || String(kernel.batch) === batch) &&
        finds(filter, [kernel.name, kernel.shapes, kernel.variant].join(" ")),
    );
  }
}

const familyDot = (family) =>
  make("span", { class: "dot", "--family": colourOf(family), title: families[family].name });

// Names a kernel in a table: its layer and operator, and below them in which network and on which shapes.
const kernelCell = (kernel) => [
  familyDot(kernel.family),
  `${kernel.layer} / ${kernel.label}`,
  make(
    "small",
    null,
    `${kernel.model}, batch ${kernel.batch}, ${kernel.precision}${kernel.shapes ? ` · ${kernel.shapes}` : ""}`,
  ),
];
