// What the reader chose. It is kept behind the "#" of the address, so that a link shows the same: #compare?a=one&b=two.

const view = {
  filter: "",
  network: "mobilenet_v3_large",
  precision: "fp32",
  batch: "",
  a: "",
  b: "",
  device: "",
};
const drawings = []; // {keys, draw}: what to draw again when one of the keys changes
let section = "";

function change(part) {
  const changed = Object.keys(part).filter((key) => view[key] !== part[key]);
  Object.assign(view, part);
  for (const { keys, draw } of drawings) if (keys.some((key) => changed.includes(key))) draw();
  const chosen = new URLSearchParams(Object.entries(view).filter(([, value]) => value !== ""));
  history.replaceState(null, "", `#${section}?${chosen}`);
}

function whenever(keys, draw) {
  drawings.push({ keys, draw });
}

function readAddress() {
  const [where, chosen] = location.hash.slice(1).split("?");
  for (const [key, value] of new URLSearchParams(chosen ?? "")) if (key in view) view[key] = value;
  section = where;
}

// Follows links to a section without losing what was chosen.
function goTo(name) {
  section = name;
  change({});
  byId(name).focus({ preventScroll: true });
  byId(name).scrollIntoView();
}

// Keeps a control and a member of the view the same.
function bind(control, key) {
  control.value = view[key];
  control.addEventListener("input", () => change({ [key]: control.value }));
}
