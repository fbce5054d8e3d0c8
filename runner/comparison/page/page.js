"use strict";
// Shows and sorts what the report computed; no number is made here.

const data = JSON.parse(document.getElementById("data").textContent);
const filters = document.getElementById("filters");
const dialog = document.getElementById("cell");
const sections = [...document.querySelectorAll(".panel")];
const datasets = [...new Set(data.cells.map((cell) => cell.dataset))];
const state = { ...data.asked, dataset: "", rows: "", sort: "", cell: "" };
const FIRST = { ...state };
let opener = null;

/** An element with attributes and children; text is never taken for HTML. */
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** "dataset=digits, noise=0.4" with a line for each part. */
function lines(name) {
  const parts = name.split(/, (?=[^,]*=)/);
  return make("span", {}, ...parts.map((part, i) => make("span", {}, part + (i + 1 < parts.length ? ", " : ""))));
}

/** What a text is sorted by: its first number, or else the text itself; null sorts last. */
function rank(text) {
  const found = text.match(/^\[?([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf))/);
  if (found) return found[1].endsWith("inf") ? Number(found[1].replace("inf", "Infinity")) : Number(found[1]);
  return text === "" || text === "-" || text === "nan" ? null : text;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/** A table whose columns sort; `body` is [{keys, cells}], `name` tells it from others in the address. */
function table(name, header, body, ascending) {
  const rows = make("tbody");
  const heads = header.map((text, i) => {
    const head = make("th", { scope: "col", class: i && typeof body[0]?.keys[i] === "string" && "left" });
    const label = text || (i ? "column" : "row");
    head.append(make("button", { class: "sort", type: "button", onclick: () => turn(i) }, lines(label)));
    return head;
  });

  function order(column, way) {
    heads.forEach((head, i) => (i === column ? head.setAttribute("aria-sort", way) : head.removeAttribute("aria-sort")));
    const sign = way === "ascending" ? 1 : -1;
    const there = body.filter((line) => line.keys[column] !== null);
    const lacking = body.filter((line) => line.keys[column] === null);
    there.sort((a, b) => sign * compare(a.keys[column], b.keys[column]));
    rows.replaceChildren(...[...there, ...lacking].map((line) => line.row));
  }

  function turn(column) {
    const now = heads[column].getAttribute("aria-sort");
    const way = now ? (now === "ascending" ? "descending" : "ascending") : ascending(column) ? "ascending" : "descending";
    order(column, way);
    const others = state.sort.split("\n").filter((said) => said && !said.startsWith(`${name}:`));
    state.sort = [...others, `${name}:${way}:${header[column]}`].join("\n");
    remember();
  }

  for (const line of body) line.row = make("tr", {}, ...line.cells);
  rows.append(...body.map((line) => line.row));
  for (const way of ["ascending", "descending"]) {
    const column = header.findIndex((text) => state.sort.split("\n").includes(`${name}:${way}:${text}`));
    if (column >= 0) order(column, way);
  }
  const box = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `table ${name}` });
  box.append(make("table", {}, make("thead", {}, make("tr", {}, ...heads)), rows));
  return box;
}

/** "96.94 ± 1.08 (n=8 of 10, 1 diverged), 2 failed † ‡" as a button that opens the cell, with what needs attention set apart. */
function entry(text, best, index, names) {
  const said = text.replace(/( [†‡])+$/, "");
  const marks = text.slice(said.length).replaceAll(" ", "");
  const found = said.match(/^(.*?)( \(n=\d+( of \d+)?(, \d+ diverged)?\))(?:, (.*))?$/);
  const value = found ? [found[1], make("span", { class: found[3] || found[4] ? "n warned" : "n" }, found[2])] : [];
  const note = found ? found[5] : said === "-" ? "" : said;
  const button = make("button", { class: best ? "open best" : "open", type: "button", "data-cell": index });
  button.append(...value, make("span", { class: "dagger" }, marks ? ` ${marks}` : ""));
  if (note) button.append(make("span", { class: "note" }, note));
  if (!found && !note) button.prepend("–");
  button.addEventListener("click", () => open(index, names, button));
  return make("td", {}, index === null ? "–" : button);
}

function draw() {
  const wanted = state.rows.trim().toLowerCase();
  let shown = 0;
  let all = 0;
  data.panels.forEach((panel, p) => {
    const view = panel.views[state.metric][state.at];
    const has = (index) => index !== null && (!state.dataset || data.cells[index].dataset === state.dataset);
    const width = panel.cells[0].length;
    const columns = [...Array(width).keys()].filter((c) => panel.cells.some((line) => has(line[c])));
    const inside = panel.rows.map((_, r) => r).filter((r) => panel.cells[r].some(has));
    const rows = inside.filter((r) => panel.rows[r].toLowerCase().includes(wanted));
    sections[p].hidden = columns.length === 0;
    shown += rows.length;
    all += panel.rows.length;
    const made = rows.length ? tables(panel, p, view, rows, columns) : [nothing()];
    sections[p].querySelector(".tables").replaceChildren(...made);
  });
  const hidden = sections.filter((section) => section.hidden).length;
  document.getElementById("shown").textContent =
    `${shown} of ${all} rows` +
    (hidden ? `; ${hidden} of ${sections.length} tables have nothing of this data set` : "") +
    (state.dataset || wanted ? ". Ranks and corrections stay those of all rows and columns." : ".");
}

function nothing() {
  const clear = () => {
    state.rows = "";
    filters.elements.rows.value = "";
    filters.elements.rows.focus();
    draw();
    remember();
  };
  const button = make("button", { class: "copy", type: "button", onclick: clear }, "Show all rows");
  return make("div", { class: "remark" }, make("p", {}, `No row has “${state.rows.trim()}” in its name.`), button);
}

function tables(panel, p, view, rows, columns) {
  const width = panel.cells[0].length;
  const beside = view.header.map((_, i) => i).slice(1 + width);
  const better = view.higher ? "descending" : "ascending";
  const body = rows.map((r) => {
    const line = view.body[r];
    const cells = columns.map((c) => entry(line[c + 1], view.bold[r][c + 1], panel.cells[r][c], [panel.rows[r], view.header[c + 1]]));
    return {
      keys: [panel.rows[r], ...columns.map((c) => view.means[r][c]), ...beside.map((i) => rank(line[i]))],
      cells: [make("th", { scope: "row" }, panel.rows[r]), ...cells, ...beside.map((i) => make("td", {}, line[i]))],
    };
  });
  const header = [view.header[0], ...columns.map((c) => view.header[c + 1]), ...beside.map((i) => view.header[i])];
  const upwards = (column) => column === 0 || column > columns.length || better === "ascending";
  const made = [
    make("p", { class: "caption" }, view.caption),
    table(`means-${p}`, header, body, upwards),
    ...view.remarks.map((text) => make("p", { class: "remark" }, text)),
  ];
  return view.differences ? [...made, ...against(panel, p, view, rows, columns)] : made;
}

function against(panel, p, view, rows, columns) {
  const names = rows.map((r) => panel.rows[r]);
  const across = columns.map((c) => view.header[c + 1]);
  const many = panel.cells[0].length > 1; // else the column is not named
  const seen = (line) => names.includes(line[0]) && (!many || across.includes(line[1]));
  const kept = (line) => (many ? line : [line[0], ...line.slice(2)]);
  const body = view.differences.body.filter(seen).map(kept).map((line) => ({
    keys: line.map((text, i) => (i === 0 || (many && i === 1) ? text : rank(text))),
    cells: line.map((text, i) => {
      if (i === 0) return make("th", { scope: "row" }, text);
      return make("td", { class: many && i === 1 && "left" }, text);
    }),
  }));
  const title = make("h3", {}, `Differences to ${panel.baseline}`);
  if (!body.length) return [title, make("p", { class: "remark" }, "None of the rows that are shown is compared with it.")];
  const header = kept(view.differences.header);
  const upwards = (column) => column < (many ? 2 : 1) || /^p\b/.test(header[column]);
  const said = make("p", { class: "caption" }, view.differences.caption);
  return [title, said, table(`differences-${p}`, header, body, upwards)];
}

function copy(button, code) {
  const chosen = () => {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    button.textContent = "Selected";
  };
  if (!navigator.clipboard) return chosen();
  const done = () => (button.textContent = "Copied");
  return navigator.clipboard.writeText(code.textContent).then(done, chosen);
}

function settings(pairs) {
  return make("dl", {}, ...pairs.flatMap(([key, value]) => [make("dt", {}, key), make("dd", {}, value)]));
}

/** The seeds of a cell, its configuration, and what asks for it again. */
function open(index, names, from) {
  const cell = data.cells[index];
  const place = data.panels.find((panel) => panel.cells.some((line) => line.includes(index)));
  const { scale, digits, unit } = place.views[state.metric][state.at];
  const values = cell.values[state.at] || [];
  const column = data.metrics.indexOf(state.metric);
  const causes = cell.seeds.some((seed) => seed.cause);
  const audits = cell.seeds.some((seed) => seed.audit);
  const body = cell.seeds.map((seed, i) => {
    const value = values[i]?.[column] ?? null;
    const cells = [
      make("th", { scope: "row" }, String(seed.seed)),
      make("td", { class: seed.state === "done" ? "left" : "left warned" }, seed.state),
      make("td", {}, value === null ? "–" : (scale * value).toFixed(digits)),
    ];
    if (causes) cells.push(make("td", { class: "cause" }, seed.cause || ""));
    if (audits) cells.push(make("td", { class: "left" }, seed.audit ? make("a", { href: seed.audit }, "audit") : ""));
    return { keys: [seed.seed, seed.state, value, seed.cause || null, seed.audit || null], cells };
  });
  const header = ["seed", "state", state.metric + (unit ? ` in ${unit}` : ""), ...(causes ? ["cause"] : []), ...(audits ? ["labels"] : [])];
  const commands = cell.commands.map((text) => {
    const code = make("pre", { tabindex: "0" }, text);
    const button = make("button", { class: "copy", type: "button", onclick: () => copy(button, code) }, "Copy");
    return make("div", { class: "command" }, code, button);
  });
  const own = Object.entries(cell.own);
  const everything = [...own, ...Object.entries(data.shared)].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  dialog.replaceChildren(
    make("div", { class: "title" }, make("h2", { id: "cell-name" }, names.join(", ")), make("button", { class: "close", type: "button", onclick: () => dialog.close() }, "Close")),
    make("p", { class: "caption" }, `${state.metric} ${data.rules[state.at]}; cell ${cell.cell}.`),
    cell.seeds.length ? table("seeds", header, body, () => true) : make("p", { class: "remark" }, "No seed was asked for."),
    make("h3", {}, "Command"),
    ...(commands.length ? commands : [make("p", { class: "remark" }, "No seed has begun, so there is no command of one; the command of the sweep asks for it.")]),
    make("p", { class: "caption" }, "Seeds that are done are taken from the store that it names; with another store= they are trained anew."),
    make("h3", {}, own.length ? "What differs from other cells" : "Configuration"),
    ...(own.length ? [settings(own)] : []),
    make("details", { open: !own.length }, make("summary", {}, "The whole configuration"), settings(everything)),
  );
  opener = from;
  state.cell = cell.cell;
  remember();
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it
dialog.addEventListener("close", () => {
  state.cell = "";
  remember();
  opener?.isConnected && opener.focus();
});

/** What is shown goes into the address, so that it can be linked. */
function remember() {
  const said = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) if (value !== FIRST[key]) said.set(key, value);
  const hash = String(said);
  if (hash !== location.hash.slice(1)) location.replace(`#${hash}`);
}

/** What the address says is shown, as far as it is there. */
function recall() {
  const said = new URLSearchParams(location.hash.slice(1));
  const known = { metric: data.metrics, at: Object.keys(data.rules), dataset: datasets };
  const wanted = { ...FIRST };
  for (const key of Object.keys(FIRST)) {
    if (said.has(key) && (known[key]?.includes(said.get(key)) ?? true)) wanted[key] = said.get(key);
  }
  if (Object.keys(FIRST).every((key) => wanted[key] === state[key]) && sections[0].querySelector(".tables").firstChild) return;
  Object.assign(state, wanted);
  for (const input of filters.elements) if (input.value !== state[input.name]) input.value = state[input.name];
  draw();
  const button = state.cell && [...document.querySelectorAll(".open")].find((b) => data.cells[b.dataset.cell].cell === state.cell);
  if (button) button.click();
  else if (dialog.open) dialog.close();
}

function fill() {
  const { metric, at, dataset } = filters.elements;
  const groups = new Map();
  for (const name of data.metrics) {
    const group = name.includes("/") ? name.split("/")[0] : "time";
    if (!groups.has(group)) groups.set(group, make("optgroup", { label: group }));
    groups.get(group).append(make("option", { value: name }, name));
  }
  metric.append(...["test", "val", "train", ...groups.keys()].filter((g, i, all) => groups.has(g) && all.indexOf(g) === i).map((g) => groups.get(g)));
  for (const [rule, words] of Object.entries(data.rules)) at.append(make("option", { value: rule }, words));
  dataset.append(make("option", { value: "" }, "all"), ...datasets.map((name) => make("option", { value: name }, name)));
  dataset.closest("label").hidden = datasets.length < 2;
}

filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", (event) => {
  state[event.target.name] = event.target.value;
  draw();
  remember();
});
addEventListener("hashchange", recall);
fill();
recall();
