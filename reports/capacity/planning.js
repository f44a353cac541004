"use strict";

// One row of the plan; plan_row in Python computes the same.
function plan(users, given) {
  const numbers = [users, given.turnsPerHour, given.holdSeconds, given.peakFactor];
  const sensible = numbers.every((value) => Number.isFinite(value) && value >= 0);
  if (!sensible || !(given.perReplica > 0) || !Number.isFinite(given.perReplica)) {
    return { arrivals: null, streams: null, replicas: null, fewer: null, more: null };
  }
  const arrivals = users * given.turnsPerHour / 3600 * given.peakFactor;
  const replicas = (held) => {
    const load = given.arrivalsDecide ? arrivals : arrivals * held;
    return Math.max(1, Math.ceil(load / given.perReplica - 1e-9));
  };
  return {
    arrivals,
    streams: arrivals * given.holdSeconds,
    replicas: replicas(given.holdSeconds),
    fewer: replicas(given.holdSeconds * (1 - 0.2)),
    more: replicas(given.holdSeconds * (1 + 0.2)),
  };
}

// A number with as many decimals as it can bear; figure in Python writes the same.
function figure(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(2);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  const [whole, rest] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const kept = (rest || "").replace(/0+$/, "");
  return kept ? `${grouped}.${kept}` : grouped;
}

function edit(section) {
  const inputs = Object.fromEntries([...section.querySelectorAll("input")].map((input) => [input.name, input]));
  const said = section.querySelector("[role=status]");
  const own = section.querySelector("tr[data-own]");

  function recompute() {
    const given = { arrivalsDecide: section.dataset.arrivals === "yes", holdSeconds: 0 };
    const wrong = [];
    for (const [name, input] of Object.entries(inputs)) {
      const value = input.value.trim() === "" ? NaN : Number(input.value);
      const bad = !input.validity.valid || !Number.isFinite(value) || (name === "perReplica" && value <= 0);
      given[name] = bad ? NaN : value;
      input.setAttribute("aria-invalid", String(bad));
      if (bad) wrong.push(input.closest("label").textContent.trim());
    }
    own.dataset.users = String(given.users);
    for (const row of section.querySelectorAll("tr[data-users]")) {
      const users = Number(row.dataset.users);
      const found = plan(users, given);
      const held = [found.streams, found.replicas, found.fewer, found.more];
      const texts = [users, found.arrivals, ...(given.arrivalsDecide ? [found.replicas] : held)].map(figure);
      [...row.cells].forEach((cell, index) => { cell.textContent = texts[index]; });
    }
    said.textContent = wrong.length
      ? `A number is missing or makes no sense: ${wrong.join("; ")}.`
      : "Computed with your numbers.";
  }

  if (inputs.headroom) {
    inputs.headroom.addEventListener("input", () => {
      if (inputs.headroom.value.trim() === "" || !inputs.headroom.validity.valid) return;
      const share = Number(inputs.headroom.value) / 100;
      const left = Number(section.dataset.capacity) * (1 - share);
      inputs.perReplica.value = String(section.dataset.arrivals === "yes" ? Number(left.toFixed(4)) : Math.floor(left));
    });
  }
  section.addEventListener("input", recompute);
  section.querySelector("[data-inputs]").hidden = false;
  recompute();
  own.hidden = false;
  said.textContent = "";
}

if (typeof document !== "undefined") {
  const section = document.querySelector("[data-plan]");
  if (section) edit(section);
}
if (typeof module !== "undefined") module.exports = { plan, figure };
