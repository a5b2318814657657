// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026, the saga.ops contributors
//
// All text from the run reaches the page as textContent or on a canvas, never as markup.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const text = (number) => (number < 0 ? "" : data.texts[number]);
const [B_HOST, B_STEP, B_BEGAN, B_ENDED, B_ATTEMPT, B_WORD] = data.bars;
const [E_SEQ, E_TIME, E_ATTEMPT, E_TYPE, E_HOST, E_STEP, E_ACTOR, E_DATA, E_STATE] = data.events;
const HOSTS = data.hosts.map(text);
const STEPS = data.steps.map(([name, where, play, key, kind, contract, once, of, states, resume], number) => ({
  number, name: text(name), where: text(where), play, key: text(key), kind: text(kind), contract: text(contract), once, of, states, resume,
}));
const STEP_TEXT = STEPS.map((step) => `${title(step)} ${step.where}`.toLowerCase());
const HOST_TEXT = HOSTS.map((host) => host.toLowerCase());
const MARKS = { failed: "×", "in doubt": "?", waiting: "…", "at work": "▸", undone: "↩", handled: "!", done: "✓", skipped: "–", "to come": "·" };
const DARK = matchMedia("(prefers-color-scheme: dark)");
const tone = (word) => (word < 0 ? -1 : data.text_tones[word]);
const TO_COME = data.tones.indexOf("to come");
const FAILED = data.tones.indexOf("failed");
const DOUBT = data.tones.indexOf("in doubt");
const MESSAGES = new Map(data.messages.map(([step, host, said]) => [`${step} ${host}`, text(said)]));

// Bars lie in the order of their hosts: where each host's begin.
const FIRST = new Int32Array(HOSTS.length + 1).fill(B_HOST.length);
for (let bar = B_HOST.length - 1; bar >= 0; bar--) FIRST[B_HOST[bar]] = bar;
for (let host = HOSTS.length - 1; host >= 0; host--) FIRST[host] = Math.min(FIRST[host], FIRST[host + 1]);
const WORST = new Int8Array(HOSTS.length).fill(data.tones.length);
for (const step of STEPS) step.states.forEach((word, host) => { if (word >= 0) WORST[host] = Math.min(WORST[host], tone(word)); });

function push(groups, name, member) {
  const group = groups.get(name);
  if (group) group.push(member); else groups.set(name, [member]);
}
function title(step) {
  const of = step.of >= 0 ? `${step.kind} of ${STEPS[step.of].name}: ` : step.kind === "handler" || step.kind === "block" ? `${step.kind}: ` : "";
  return of + step.name;
}
function make(tag, style, ...content) {
  const node = document.createElement(tag);
  if (style) node.className = style;
  node.append(...content);
  return node;
}
function word(number, count) {
  const name = data.tones[tone(number)];
  return make("span", `word t-${name.replace(/ /g, "-")}`, `${MARKS[name]} ${text(number)}${count === undefined ? "" : ` ${count}`}`);
}
const clock = (since) => (since < 0 ? "?" : new Date(data.started + since).toISOString().slice(11, 19));
const long = (since) => new Date(data.started + since).toISOString().replace("T", " ").slice(0, 19);
function lasted(ms) {
  if (ms < 10000) return `${(ms / 1000).toFixed(1)} s`;
  const s = Math.round(ms / 1000);
  return s < 120 ? `${s} s` : s < 7200 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
function told(bar) {
  const began = B_BEGAN[bar], ended = B_ENDED[bar];
  const span = began >= 0 && ended >= 0 ? `, ${lasted(ended - began)}` : "";
  return `${title(STEPS[B_STEP[bar]])}: ${text(B_WORD[bar])}, ${clock(began)} to ${ended < 0 ? "unknown" : clock(ended)}${span}, attempt ${B_ATTEMPT[bar]}`;
}

// ---- what is shown: the filter

const wanted = { words: "", scope: "all", tones: new Set() };
let shownHosts = [], shownSteps = [], shownEvents = [];

function filter() {
  const { words, scope, tones } = wanted;
  const hostFits = HOST_TEXT.map((host) => !words || host.includes(words));
  const hostIsIn = new Uint8Array(HOSTS.length), met = new Uint8Array(HOSTS.length);
  shownSteps = [];
  STEPS.forEach((step, number) => {
    const stepFits = !words || STEP_TEXT[number].includes(words);
    let isIn = !step.states.length && (!tones.size || tones.has(TO_COME)) && stepFits && scope !== "host";
    step.states.forEach((state, host) => {
      if (state < 0) return;
      met[host] = 1;
      if (tones.size && !tones.has(tone(state))) return;
      if (words && !(scope !== "step" && hostFits[host]) && !(scope !== "host" && stepFits)) return;
      hostIsIn[host] = 1;
      isIn = true;
    });
    if (isIn) shownSteps.push(number);
  });
  shownHosts = [];
  HOSTS.forEach((_, host) => { if (hostIsIn[host] || (!met[host] && !tones.size && hostFits[host] && scope !== "step")) shownHosts.push(host); });
  if ($("order").value === "worst") shownHosts.sort((a, b) => WORST[a] - WORST[b] || a - b);
  shownEvents = [];
  for (let event = 0; event < E_SEQ.length; event++) if (eventFits(event, words, scope, tones)) shownEvents.push(event);
  $("found").value = words || tones.size ? `${shownHosts.length} of ${HOSTS.length} hosts, ${shownSteps.length} of ${STEPS.length} steps` : "";
  hosts.show(shownHosts.length); steps.show(shownSteps.length); events.show(shownEvents.length);
}
function eventFits(event, words, scope, tones) {
  if (tones.size && !tones.has(tone(E_STATE[event]))) return false;
  if (!words) return true;
  const host = E_HOST[event], step = E_STEP[event];
  if (scope !== "step" && host >= 0 && HOST_TEXT[host].includes(words)) return true;
  if (scope !== "host" && step >= 0 && STEP_TEXT[step].includes(words)) return true;
  return scope === "all" && `${text(E_TYPE[event])} ${text(E_ACTOR[event])} ${text(E_DATA[event])}`.toLowerCase().includes(words);
}

// ---- a list of any length: only the rows that can be seen are in the page

class List {
  constructor(node, height, fill, open, inside) {
    Object.assign(this, { node, height, fill, open, count: 0, active: 0, rows: new Map() });
    this.space = node.appendChild(make("div", "space"));
    this.layer = inside || this.space;
    this.isFixed = Boolean(inside); // rows lie in a layer that does not scroll by itself
    this.top = 0; // of the rows, below an axis
    node.addEventListener("scroll", () => this.draw(), { passive: true });
    node.addEventListener("keydown", (event) => this.key(event));
    node.addEventListener("focus", () => this.draw());
  }
  show(count) {
    this.count = count;
    this.active = Math.min(this.active, Math.max(0, count - 1));
    const most = Math.max(220, Math.round(innerHeight * 0.62));
    this.node.style.height = `${Math.min(most, Math.max(1, count) * this.height + this.top + 2 + (this.isFixed ? 14 : 0))}px`;
    this.space.style.height = `${count * this.height + this.top}px`;
    this.rows.forEach((row) => row.remove());
    this.rows.clear();
    if (this.none) this.none.remove();
    this.none = count ? null : this.node.appendChild(make("div", "none", "Nothing fits the filter."));
    this.draw();
  }
  draw() {
    const { scrollTop, clientHeight } = this.node;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - 4);
    const last = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / this.height) + 4);
    this.rows.forEach((row, index) => { if (index < first || index >= last) { row.remove(); this.rows.delete(index); } });
    for (let index = first; index < last; index++) this.row(index, scrollTop);
    const active = this.rows.get(this.active);
    if (active) this.node.setAttribute("aria-activedescendant", active.id);
    else this.node.removeAttribute("aria-activedescendant");
    if (this.after) this.after();
  }
  row(index, scrollTop) {
    let row = this.rows.get(index);
    if (!row) {
      row = make("div", "row");
      row.id = `${this.node.id}-${index}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-posinset", index + 1);
      row.setAttribute("aria-setsize", this.count);
      row.style.height = `${this.height}px`;
      this.fill(row, index);
      row.addEventListener("click", () => { this.active = index; this.draw(); this.open(index); });
      this.layer.append(row);
      this.rows.set(index, row);
    }
    row.style.top = `${index * this.height - (this.isFixed ? scrollTop : 0)}px`;
    row.setAttribute("aria-selected", String(index === this.active));
  }
  key(event) {
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.height) - 2);
    const to = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page, Home: 0, End: this.count - 1 }[event.key];
    if (event.key === "Enter" && this.count) { event.preventDefault(); this.open(this.active); return; }
    if (to === undefined || !this.count) return;
    event.preventDefault();
    this.active = Math.max(0, Math.min(this.count - 1, to));
    const at = this.active * this.height, seen = this.node.clientHeight - this.top - (this.isFixed ? 14 : 0);
    if (at < this.node.scrollTop) this.node.scrollTop = at;
    if (at + this.height > this.node.scrollTop + seen) this.node.scrollTop = at + this.height - seen;
    this.draw();
  }
}

// ---- the axis of time, without the hours in which nobody worked

const CUT = 22;
function axis(width) {
  const total = data.pieces.reduce((sum, [begin, end]) => sum + Math.max(1, end - begin), 0);
  const scale = Math.max(1, width - CUT * (data.pieces.length - 1)) / total;
  let left = 0;
  const parts = data.pieces.map(([begin, end]) => {
    const part = { begin, end, left, right: left + Math.max(1, end - begin) * scale };
    left = part.right + CUT;
    return part;
  });
  const at = (time) => {
    for (const part of parts) {
      if (time < part.begin) return part.left;
      if (time <= part.end) return part.left + (time - part.begin) * scale;
    }
    return parts.at(-1).right;
  };
  return { parts, at, scale };
}
const STRIDES = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400].map((s) => s * 1000);
function drawAxis(pen, scaled, left, bottom, shift, right) {
  pen.font = "11px system-ui, sans-serif";
  const stride = STRIDES.find((each) => each * scaled.scale > 74) || 86400000;
  for (const part of scaled.parts) {
    let free = left;
    for (let time = Math.ceil((data.started + part.begin) / stride) * stride - data.started; time <= part.end; time += stride) {
      const x = left + scaled.at(time) - shift;
      if (x < left - 1 || x > right) continue;
      line(pen, colour("rule"), x, 20, x, bottom);
      if (x < free || x + 52 > right) continue;
      pen.fillStyle = colour("soft");
      pen.fillText(clock(time), x + 3, 15);
      free = x + 60;
    }
    if (part !== scaled.parts.at(-1)) {
      const x = left + part.right - shift;
      if (x < left - CUT || x > right) continue;
      pen.fillStyle = colour("card");
      pen.fillRect(x + 2, 0, CUT - 4, bottom);
      pen.fillStyle = colour("soft");
      pen.fillText("⋯", x + 6, 15);
    }
  }
  for (const [number, began] of data.attempts) {
    if (data.attempts.length < 2) break;
    const x = left + scaled.at(began) - shift;
    if (x < left || x > right) continue;
    line(pen, colour("soft"), x, 0, x, bottom);
    pen.fillStyle = colour("ink");
    pen.fillText(`${number}`, x + 3, bottom > 60 ? 29 : 15);
  }
}
function line(pen, style, x, y, to, bottom) {
  pen.strokeStyle = style; pen.lineWidth = 1; pen.beginPath();
  pen.moveTo(Math.round(x) + 0.5, y); pen.lineTo(Math.round(to) + 0.5, bottom); pen.stroke();
}
let colours = {};
function colour(name) {
  if (!(name in colours)) colours[name] = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return colours[name];
}
const COLOURS = { failed: "failed", "in doubt": "doubt", waiting: "waiting", "at work": "work", undone: "undone", handled: "handled", done: "done", skipped: "skipped", "to come": "skipped" };
function place(bar, scaled) {
  const attempt = data.attempts.find(([number]) => number === B_ATTEMPT[bar]);
  const end = B_ENDED[bar] >= 0 ? B_ENDED[bar] : Math.max(B_BEGAN[bar], attempt ? attempt[2] : data.made);
  const begin = B_BEGAN[bar] >= 0 ? B_BEGAN[bar] : end;
  const left = scaled.at(begin);
  return [left, Math.max(3, scaled.at(end) - left)];
}
function drawBar(pen, bar, x, y, width, height) {
  const name = data.tones[tone(B_WORD[bar])], undoes = STEPS[B_STEP[bar]].kind === "undo";
  pen.fillStyle = pen.strokeStyle = undoes && name === "done" ? colour("undone") : colour(COLOURS[name]);
  pen.globalAlpha = wanted.tones.size && !wanted.tones.has(tone(B_WORD[bar])) ? 0.25 : 1;
  const inner = Math.max(2, width - 1);
  if (B_ENDED[bar] < 0 && name !== "done") { // nobody knows when it ended
    pen.globalAlpha *= 0.3; pen.fillRect(x, y, inner, height); pen.globalAlpha /= 0.3;
    pen.setLineDash([3, 2]); pen.strokeRect(x + 0.5, y + 0.5, Math.max(1, inner - 1), height - 1); pen.setLineDash([]);
  } else if (undoes) { // half as high, so that it shows without a colour, too
    pen.fillRect(x, y + height / 2, inner, height / 2);
  } else pen.fillRect(x, y, inner, height);
  if ((name === "failed" || name === "in doubt") && width > 9) {
    pen.fillStyle = name === "failed" && !undoes ? colour("ground") : colour("ink");
    pen.font = "bold 11px system-ui, sans-serif";
    pen.fillText(MARKS[name], x + 2, y + height - 2);
  }
  pen.globalAlpha = 1;
}
function sized(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}

// ---- the timeline: a row for each host

const view = make("div", "view"), canvas = view.appendChild(document.createElement("canvas")), labels = view.appendChild(make("div", "labels"));
canvas.setAttribute("aria-hidden", "true");
let zoom = 1;
const hosts = new List($("hosts"), 24, (row, index) => {
  const host = shownHosts[index], name = data.tones[WORST[host]];
  row.append(make("span", name ? `t-${name.replace(/ /g, "-")}` : "", MARKS[name] || "·"), make("span", "name", HOSTS[host]));
  row.title = HOSTS[host];
  row.setAttribute("aria-label", `${HOSTS[host]}: ${name || "nothing yet"}`);
}, (index) => openHost(shownHosts[index]), labels);
hosts.top = 34;
hosts.space.append(view);
labels.style.top = `${hosts.top}px`;
hosts.after = drawTimeline;
const labelWidth = () => Math.min(190, Math.round(hosts.node.clientWidth * 0.3));

function drawTimeline() {
  const { clientWidth: width, clientHeight: height, scrollTop, scrollLeft } = hosts.node, left = labelWidth();
  const wide = Math.max(60, (width - left - 12) * zoom);
  hosts.space.style.width = `${left + wide + 12}px`;
  view.style.width = `${width}px`; view.style.height = `${height}px`; labels.style.width = `${left}px`;
  const pen = sized(canvas, width, height), scaled = axis(wide);
  drawAxis(pen, scaled, left, height, scrollLeft, width);
  pen.save(); pen.beginPath(); pen.rect(left, hosts.top, width - left, height); pen.clip();
  hosts.rows.forEach((_, index) => {
    const host = shownHosts[index], y = hosts.top + index * 24 - scrollTop;
    if (index === hosts.active) { pen.fillStyle = colour("card"); pen.fillRect(left, y, width, 24); }
    for (let bar = FIRST[host]; bar < FIRST[host + 1]; bar++) {
      const [x, wider] = place(bar, scaled), at = left + x - scrollLeft;
      if (at + wider >= left && at <= width) drawBar(pen, bar, at, y + 5, wider, 14);
    }
  });
  pen.restore();
}
function under(event) {
  const box = hosts.node.getBoundingClientRect(), left = labelWidth(), y = event.clientY - box.top - 1 - hosts.top + hosts.node.scrollTop;
  const index = Math.floor(y / 24), host = shownHosts[index];
  if (host === undefined || event.clientY - box.top < hosts.top) return [-1, -1];
  const x = event.clientX - box.left - 1 - left + hosts.node.scrollLeft, scaled = axis(Math.max(60, (hosts.node.clientWidth - left - 12) * zoom));
  let found = -1;
  for (let bar = FIRST[host]; bar < FIRST[host + 1]; bar++) {
    const [from, wide] = place(bar, scaled);
    if (x >= from - 1 && x <= from + wide + 1) found = bar;
  }
  return [index, found];
}
canvas.addEventListener("mousemove", (event) => {
  const [index, bar] = under(event);
  $("readout").value = bar >= 0 ? `${HOSTS[shownHosts[index]]}, ${told(bar)}` : index >= 0 ? HOSTS[shownHosts[index]] : "";
});
canvas.addEventListener("click", (event) => {
  const [index] = under(event);
  if (index < 0) return;
  hosts.active = index; hosts.draw(); hosts.open(index);
});
function zoomed(by) {
  const { scrollLeft, clientWidth } = hosts.node, before = zoom;
  zoom = Math.max(1, Math.min(256, zoom * by));
  drawTimeline();
  hosts.node.scrollLeft = (scrollLeft + clientWidth / 2) * (zoom / before) - clientWidth / 2;
  hosts.draw();
}

// ---- steps and events

const isNarrow = () => innerWidth <= 640;
function groups(step) {
  const found = new Map();
  step.states.forEach((state, host) => { if (state >= 0) push(found, state, host); });
  return [...found].sort(([a], [b]) => tone(a) - tone(b));
}
const few = (list) => (list.length <= 3 && !isNarrow() ? list.map((host) => HOSTS[host]).join(", ") : String(list.length));
const steps = new List($("steps"), 56, (row, index) => {
  const step = STEPS[shownSteps[index]];
  row.classList.add("step");
  const states = make("div", "");
  if (!step.states.length) states.append(make("span", "t-to-come", step.kind === "handler" ? "if notified" : "to come"));
  for (const [state, list] of groups(step)) states.append(word(state, few(list)));
  const once = step.once ? " (once for all)" : "";
  row.append(make("div", "n", String(step.number + 1)), make("div", "title", title(step) + once), states, make("div", "where", step.where));
  row.append(make("div", "more", step.contract));
}, (index) => openStep(shownSteps[index]));

const events = new List($("events"), 50, (row, index) => {
  const event = shownEvents[index], host = E_HOST[event], step = E_STEP[event];
  row.classList.add("event");
  const subject = [host >= 0 ? HOSTS[host] : "", step >= 0 ? title(STEPS[step]) : ""].filter(Boolean).join(": ");
  row.append(make("div", "at", clock(E_TIME[event])), make("div", "", text(E_TYPE[event])), make("div", "who", subject));
  row.append(make("div", "more", `${E_SEQ[event]}  ${isNarrow() ? subject : text(E_ACTOR[event])}  ${text(E_DATA[event])}`));
}, (index) => openEvent(shownEvents[index]));

// ---- one host, step or event

const detail = $("detail");
function opened(head, ...content) {
  $("detail-head").textContent = head;
  $("detail-body").replaceChildren(...content);
  if (!detail.open) detail.showModal();
  detail.scrollTop = 0;
}
function openHost(host) {
  const mine = [];
  for (let bar = FIRST[host]; bar < FIRST[host + 1]; bar++) mine.push(bar);
  const rows = [...new Set(mine.map((bar) => B_STEP[bar]))].slice(0, 200);
  const drawing = document.createElement("canvas"), list = make("div", "");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", `The steps on ${HOSTS[host]} over time; the list below says the same`);
  for (const step of STEPS) {
    const state = step.states.length ? step.states[host] : -1;
    if (state < 0) continue;
    const resume = text(step.resume[host]);
    const entry = make("div", "line", word(state), title(step), make("span", "soft", `  ${step.where}${resume && resume !== "nothing" ? `; a resume: ${resume}` : ""}`));
    for (const bar of mine) if (B_STEP[bar] === step.number) entry.append(make("div", "soft", `${text(B_WORD[bar])}, ${clock(B_BEGAN[bar])} to ${B_ENDED[bar] < 0 ? "unknown" : clock(B_ENDED[bar])}, attempt ${B_ATTEMPT[bar]}`));
    const said = MESSAGES.get(`${step.number} ${host}`);
    if (said) entry.append(make("pre", "", said));
    list.append(entry);
  }
  opened(HOSTS[host], ...(rows.length ? [drawing] : []), list);
  if (rows.length) drawHost(drawing, mine, rows);
}
function drawHost(drawing, mine, rows) {
  const width = $("detail-body").clientWidth, left = Math.min(220, Math.round(width * 0.36)), top = 34, height = top + rows.length * 20 + 8;
  const pen = sized(drawing, width, height), scaled = axis(width - left - 26), at = new Map();
  drawAxis(pen, scaled, left, height, 0, width);
  rows.forEach((step, index) => {
    pen.font = "12px system-ui, sans-serif"; pen.fillStyle = colour("ink");
    pen.fillText(cut(pen, title(STEPS[step]), left - 10), 0, top + index * 20 + 14);
  });
  for (const bar of mine) {
    const index = rows.indexOf(B_STEP[bar]);
    if (index < 0) continue;
    const [x, wide] = place(bar, scaled), y = top + index * 20 + 3;
    drawBar(pen, bar, left + x, y, wide, 14);
    at.set(B_STEP[bar], [left + x, wide, y + 7]);
  }
  for (const step of rows) { // from what undoes a step to the step
    const from = at.get(step), to = STEPS[step].kind === "undo" ? at.get(STEPS[step].of) : undefined;
    if (from && to) arrow(pen, from[0], from[2], to[0] + to[1], to[2]);
  }
}
function arrow(pen, x, y, to, up) {
  pen.strokeStyle = pen.fillStyle = colour("undone"); pen.globalAlpha = 0.8; pen.lineWidth = 1.2;
  pen.beginPath(); pen.moveTo(x - 1, y); pen.bezierCurveTo(x - 22, y, to + 34, up, to + 7, up); pen.stroke();
  pen.beginPath(); pen.moveTo(to + 2, up); pen.lineTo(to + 8, up - 3.5); pen.lineTo(to + 8, up + 3.5); pen.fill();
  pen.globalAlpha = 1;
}
function cut(pen, words, width) {
  if (pen.measureText(words).width <= width) return words;
  let most = words.length;
  while (most > 1 && pen.measureText(`${words.slice(0, most)}…`).width > width) most--;
  return `${words.slice(0, most)}…`;
}
function openStep(number) {
  const step = STEPS[number], content = [make("p", "soft", [step.where, step.key].filter(Boolean).join("   ")), make("p", "", step.contract)];
  const undo = STEPS.filter((each) => each.of === number);
  if (undo.length) content.push(make("p", "", `Undone or verified here by: ${undo.map((each) => each.name).join(", ")}`));
  for (const [state, list] of groups(step)) {
    const names = list.slice(0, 300).map((host) => HOSTS[host]).join(", ") + (list.length > 300 ? ` and ${list.length - 300} more` : "");
    content.push(make("div", "line", word(state, list.length), make("span", "", names)));
    const said = new Map();
    for (const host of list) { const each = MESSAGES.get(`${number} ${host}`); if (each) push(said, each, HOSTS[host]); }
    for (const [each, who] of [...said].slice(0, 10)) content.push(make("p", "soft", who.slice(0, 5).join(", ") + (who.length > 5 ? ` and ${who.length - 5} more` : "")), make("pre", "", each));
  }
  opened(title(step), ...content);
}
function openEvent(event) {
  const host = E_HOST[event], step = E_STEP[event], facts = make("dl", "facts");
  const said = { time: long(E_TIME[event]), attempt: E_ATTEMPT[event], who: text(E_ACTOR[event]), host: host < 0 ? "" : HOSTS[host], step: step < 0 ? "" : title(STEPS[step]), where: step < 0 ? "" : STEPS[step].where, data: text(E_DATA[event]) };
  for (const [name, value] of Object.entries(said)) if (value) facts.append(make("dt", "", name), make("dd", "", String(value)));
  opened(`${E_SEQ[event]}  ${text(E_TYPE[event])}`, facts);
}

// ---- what the reader does

function chips() {
  const met = new Set();
  for (const step of STEPS) { step.states.forEach((state) => { if (state >= 0) met.add(tone(state)); }); if (!step.states.length) met.add(TO_COME); }
  for (const number of [...met].sort((a, b) => a - b)) {
    const name = data.tones[number], chip = make("button", "", make("span", `t-${name.replace(/ /g, "-")}`, MARKS[name]), ` ${name}`);
    chip.type = "button"; chip.dataset.tone = number; chip.setAttribute("aria-pressed", "false");
    chip.addEventListener("click", () => { wanted.tones.has(number) ? wanted.tones.delete(number) : wanted.tones.add(number); pressed(); });
    $("chips").append(chip);
    $("legend").append(make("li", "", make("span", `t-${name.replace(/ /g, "-")}`, "■"), ` ${name}`));
  }
  $("legend").append(make("li", "", "half as high: undoes a step"), make("li", "", "dashed: end unknown"));
  if (data.attempts.length > 1) $("legend").append(make("li", "", "line with a number: an attempt begins"));
}
const isBadOnly = () => wanted.tones.size === 2 && wanted.tones.has(FAILED) && wanted.tones.has(DOUBT);
function pressed() {
  for (const chip of $("chips").children) chip.setAttribute("aria-pressed", String(wanted.tones.has(Number(chip.dataset.tone))));
  $("bad").setAttribute("aria-pressed", String(isBadOnly()));
  filter();
}
function onlyBad() { wanted.tones = isBadOnly() ? new Set() : new Set([FAILED, DOUBT]); pressed(); }
function searched() { wanted.words = $("search").value.trim().toLowerCase(); wanted.scope = $("scope").value; filter(); }
const THEMES = ["auto", "light", "dark"];
function theme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = name;
  $("theme").textContent = `Theme: ${name}`;
  colours = {};
  drawTimeline();
}
let chosen = 0;
$("theme").addEventListener("click", () => { chosen = (chosen + 1) % 3; theme(THEMES[chosen]); });
DARK.addEventListener("change", () => { colours = {}; drawTimeline(); });
let typing = 0;
$("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(searched, 120); });
$("filters").addEventListener("submit", (event) => { event.preventDefault(); searched(); });
$("scope").addEventListener("change", searched);
$("order").addEventListener("change", filter);
$("bad").addEventListener("click", onlyBad);
$("in").addEventListener("click", () => zoomed(2));
$("out").addEventListener("click", () => zoomed(0.5));
$("close").addEventListener("click", () => detail.close());
detail.addEventListener("click", (event) => { if (event.target === detail) detail.close(); });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || detail.open) return;
  const isTyping = event.target.matches("input, select");
  if (event.key === "Escape" && event.target === $("search")) { $("search").value = ""; searched(); hosts.node.focus(); }
  else if (event.key === "Escape" && !isTyping && (wanted.tones.size || wanted.words)) { wanted.tones = new Set(); $("search").value = ""; wanted.words = ""; pressed(); }
  else if (event.key === "ArrowDown" && event.target === $("search")) { event.preventDefault(); hosts.node.focus(); }
  else if (isTyping) return;
  else if (event.key === "/") { event.preventDefault(); $("search").focus(); $("search").select(); }
  else if (event.key === "f") onlyBad();
  else if (event.key === "+" || event.key === "=") zoomed(2);
  else if (event.key === "-") zoomed(0.5);
});
for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    try { await navigator.clipboard.writeText(code.textContent); } catch {
      getSelection().selectAllChildren(code); // then the reader copies what is selected
      button.textContent = "Selected";
      return;
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}
let wide = innerWidth;
addEventListener("resize", () => { if (wide !== innerWidth) { wide = innerWidth; filter(); } });
if (HOSTS.length <= 20) $("order").value = "run";
for (const part of [$("filters"), $("theme"), document.querySelector(".tools")]) part.hidden = false;
chips();
filter();
document.documentElement.dataset.ready = "yes";
