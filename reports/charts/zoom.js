"use strict";
// A cursor through the rows of a chart's table, and zoom along x. `data-at`: x in percent, then pixels of each line.
{
const set = (node, attributes) => {
  for (const key in attributes) node.setAttribute(key, attributes[key]);
};
const make = (parent, name, attributes = {}, text = "") => {
  const made = parent.appendChild(document.createElementNS(parent.namespaceURI, name));
  set(made, attributes);
  made.textContent = text;
  return made;
};

const enliven = (figure, svg, names, rows, apart) => {
  const field = svg.querySelector(".field");
  const top = field.y.baseVal.value;
  const height = field.height.baseVal.value;
  const bottom = top + height;
  const moved = [...svg.querySelectorAll(".at, .span, .halo, .point > use, rect.bar")].map((node) =>
    [node, parseFloat(node.getAttribute("x")), parseFloat(node.getAttribute("width")) || 0]);
  const ticks = make(svg, "g");
  const stretch = make(svg, "rect", { class: "stretch", y: top, height });
  const cursor = make(svg, "g", { class: "cursor" });
  const tip = make(figure, "div", { class: "tip", "aria-hidden": "true" });
  const reset = make(figure.querySelector("figcaption"), "button", { class: "toolbar", type: "button" }, "Show all");
  let [from, to, current, begun] = [0, 100, -1, null];

  const place = (x) => (100 * (x - from)) / (to - from);
  const seen = () => rows.filter(({ x }) => x >= from && x <= to);

  const show = (index) => {
    current = index;
    cursor.replaceChildren();
    tip.replaceChildren();
    tip.hidden = index < 0;
    if (tip.hidden) return;
    const { x, heights, texts } = rows[index];
    const at = place(x);
    make(cursor, "line", { x1: `${at}%`, x2: `${at}%`, y1: top, y2: bottom });
    make(tip, "b", {}, `${names[0]} ${texts[0]}: `);
    const own = apart && heights.findIndex((y) => y >= 0);
    heights.forEach((y, line) => {
      if (y >= 0) make(cursor, "circle", { class: `s${line % 6}`, cx: `${at}%`, cy: y, r: 5.5 });
    });
    texts.forEach((text, cell) => {
      const line = apart ? own : cell - 1;
      if (cell && text) make(tip, "span", { class: `s${line % 6}` }, `${names[cell]} ${text} `);
    });
    const [box, outer] = [svg.getBoundingClientRect(), figure.getBoundingClientRect()];
    const pixel = box.left - outer.left + (box.width * at) / 100;
    const left = at > 50 ? pixel - tip.offsetWidth - 12 : pixel + 12;
    tip.style.left = `${Math.max(0, Math.min(left, outer.width - tip.offsetWidth))}px`;
    tip.style.top = `${box.top - outer.top + top}px`;
    set(svg, { "aria-valuenow": index + 1, "aria-valuetext": tip.textContent });
  };

  const zoom = (low, high) => {
    const width = Math.max(0.5, Math.min(100, high - low));
    const all = width === 100;
    from = Math.max(0, Math.min(low, 100 - width));
    to = from + width;
    reset.hidden = all;
    svg.classList.toggle("zoomed", !all);
    set(field, { viewBox: `${10 * from} 0 ${10 * width} ${height}` });
    for (const [node, x, own] of moved) {
      const [left, right] = [place(x), place(x + own)];
      node.classList.toggle("off", !all && !(right >= 0 && left <= 100));
      const begin = own ? Math.max(0, left) : left;
      if (x >= 0) set(node, { x: `${begin}%` });
      if (own) set(node, { width: `${Math.max(0, Math.min(100, right) - begin)}%` });
    }
    ticks.replaceChildren();
    const told = all ? [] : seen();
    for (const { x, texts } of told.filter((_row, index) => index % Math.ceil(told.length / 6) === 0)) {
      make(ticks, "text", { x: `${place(x)}%`, y: bottom + 18, "text-anchor": "middle" }, texts[0]);
    }
    show(seen().includes(rows[current]) ? current : -1);
  };

  const under = ({ clientX }) => {
    const { left, width } = svg.getBoundingClientRect();
    return from + Math.max(0, Math.min(1, (clientX - left) / width)) * (to - from);
  };
  const around = (factor) => {
    const middle = rows[current]?.x ?? (from + to) / 2;
    zoom(middle - (middle - from) * factor, middle + (to - middle) * factor);
  };
  const step = (by) => {
    const told = seen();
    const at = told.indexOf(rows[current]);
    const next = at < 0 && by < 0 ? told.length - 1 : Math.max(0, Math.min(told.length - 1, at + by));
    show(rows.indexOf(told[next]));
  };
  const keys = {
    ArrowRight: () => step(1), ArrowLeft: () => step(-1), Home: () => step(-1e9), End: () => step(1e9),
    "+": () => around(0.5), "-": () => around(2), Escape: () => { current = -1; zoom(0, 100); },
  };
  set(svg, {
    tabindex: 0, role: "slider", "aria-valuemin": 1, "aria-valuemax": rows.length, "aria-valuenow": 1,
    "aria-valuetext": "arrow keys tell the values, plus and minus zoom, Escape shows all",
  });
  svg.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  };
  svg.onblur = () => show(-1);
  svg.onpointerdown = (event) => {
    if (event.pointerType === "mouse" && !event.button) begun = under(event);
  };
  svg.onpointermove = (event) => {
    const x = under(event);
    const far = (row) => Math.abs(row.x - x);
    show(rows.indexOf(seen().sort((a, b) => far(a) - far(b))[0]));
    if (begun === null) return;
    set(stretch, { x: `${place(Math.min(begun, x))}%`, width: `${Math.abs(place(x) - place(begun))}%` });
  };
  addEventListener("pointerup", (event) => {
    if (begun === null) return;
    const [low, high] = [begun, under(event)].sort((a, b) => a - b);
    begun = null;
    set(stretch, { width: 0 });
    if (place(high) - place(low) > 2) zoom(low, high);
  });
  svg.onpointerleave = () => document.activeElement === svg || show(-1);
  reset.onclick = () => { zoom(0, 100); svg.focus(); };
  zoom(0, 100);
};

for (const figure of document.querySelectorAll(".figure")) {
  const [svg, table] = [figure.querySelector(".chart"), figure.querySelector(".data")];
  const texts = ({ cells }) => [...cells].map((cell) => cell.textContent);
  const rows = [...figure.querySelectorAll("[data-at]")].map((row) => {
    const [x, ...heights] = row.dataset.at.split(" ").map(Number);
    return { x, heights, texts: texts(row) };
  });
  if (svg && rows.length > 1) enliven(figure, svg, texts(table.tHead.rows[0]), rows, "apart" in table.dataset);
}
}
