// A table that sorts by any column: headings are buttons, `aria-sort` says the order, rows without a value come last.
// Returns a column of numbers.
const numeric = (title, value, write, more = {}) => ({
  title,
  number: true,
  value,
  cell: (row) => write(value(row)),
  ...more,
});
const atMostOne = (share) => (share === null ? null : Math.min(1, share));

class Table {
  // columns: [{title, unit, hint, number, value(row), cell(row), share(row), kind(row)}]. `value` is what sorts, `cell` what is shown (the value
  // itself by default), `share` how long the bar behind it is, `kind` its class. The first column names the row.
  constructor(
    place,
    caption,
    columns,
    { sort = null, descending = true, limit = Infinity, empty = "Nothing to show." } = {},
  ) {
    Object.assign(this, { place, caption, columns, sort, descending, limit, shown: limit, empty, rows: [] });
  }

  update(rows, remark = "") {
    Object.assign(this, { rows, remark, shown: this.limit });
    this.draw();
  }

  sortBy(column) {
    // The first click shows the largest numbers, or texts from A.
    this.descending = this.sort === column ? !this.descending : Boolean(column.number);
    this.sort = column;
    this.draw();
    this.place.querySelector(`th:nth-child(${this.columns.indexOf(column) + 1}) button`)?.focus();
  }

  sorted() {
    if (!this.sort) return this.rows;
    const value = this.sort.value,
      way = this.descending ? -1 : 1;
    const missing = (x) => x === null || x === undefined;
    return [...this.rows].sort((one, other) => {
      const a = value(one),
        b = value(other);
      if (missing(a) || missing(b)) return missing(a) - missing(b);
      return a === b ? 0 : a < b ? -way : way;
    });
  }

  draw() {
    if (this.rows.length === 0) {
      this.place.replaceChildren(
        make("div", { class: "frame" }, make("p", { class: "empty" }, `${this.caption}: ${this.empty}`)),
      );
      return;
    }
    const rows = this.sorted(),
      hidden = rows.length - this.shown;
    const caption = make("caption", null, this.caption, this.remark ? make("small", null, ` ${this.remark}`) : null);
    const table = make(
      "table",
      null,
      caption,
      make("thead", null, make("tr", null, ...this.columns.map((column) => this.heading(column)))),
      make("tbody", null, ...rows.slice(0, this.shown).map((row) => this.row(row))),
    );
    const frame = make("div", { class: "frame", role: "region", tabindex: "0", "aria-label": this.caption }, table);
    if (hidden > 0) frame.append(make("div", { class: "more" }, `${plural(hidden, "more row")} `, this.button(hidden)));
    this.place.replaceChildren(frame);
  }

  button(hidden) {
    const showAll = () => {
      this.shown = Infinity;
      this.draw();
      this.place.querySelector(".frame").focus();
    };
    return make(
      "button",
      { type: "button", click: showAll },
      `Show all ${(this.shown + hidden).toLocaleString("en-US")}`,
    );
  }

  heading(column) {
    const order = this.sort === column ? (this.descending ? "descending" : "ascending") : "none";
    return make(
      "th",
      { scope: "col", class: column.number ? "number" : null, "aria-sort": order, title: column.hint },
      make("button", { type: "button", click: () => this.sortBy(column) }, column.title),
      column.unit ? make("small", null, column.unit) : null,
    );
  }

  row(row) {
    return make(
      "tr",
      null,
      ...this.columns.map((column, i) => {
        const content = (column.cell ?? column.value)(row),
          share = column.share?.(row) ?? null;
        const kind = [column.number ? "number" : "", share === null ? "" : "bar", column.kind?.(row) ?? ""]
          .join(" ")
          .trim();
        return make(
          i === 0 ? "th" : "td",
          { scope: i === 0 ? "row" : null, class: kind || null, "--share": share === null ? null : share.toFixed(4) },
          ...(Array.isArray(content) ? content : [content ?? "–"]),
        );
      }),
    );
  }
}
