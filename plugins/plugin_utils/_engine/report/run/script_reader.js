// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026, the saga.ops contributors

// ---- steps and events

function groups(step) {
  const found = new Map();
  step.states.forEach((state, host) => { if (state >= 0) push(found, state, host); });
  return [...found].sort(([a], [b]) => tone(a) - tone(b));
}
const few = (list) => (list.length <= 3 && !isNarrow() ? list.map((host) => HOSTS[host]).join(", ") : String(list.length));
const steps = new List($("steps"), () => (isNarrow() ? 78 : 56), (row, index) => {
  const step = STEPS[shownSteps[index]];
  row.classList.add("step");
  const states = make("div", "");
  if (!step.states.length) states.append(make("span", "t-to-come", "to come"));
  for (const [state, list] of groups(step)) states.append(word(state, few(list)));
  const once = step.once ? " (once for all)" : "";
  row.append(make("div", "n", String(step.number + 1)), make("div", "title", title(step) + once), states, make("div", "where", step.where));
  row.append(make("div", "more", step.contract));
}, (index) => openStep(shownSteps[index]));

const events = new List($("events"), () => 50, (row, index) => {
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
    for (const bar of mine) if (B_STEP[bar] === step.number) entry.append(make("div", "try", told(bar)));
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
    pen.fillText(cut(pen, STEPS[step].kind === "undo" ? `${MARKS.undone} ${STEPS[step].name}` : title(STEPS[step]), left - 10), 0, top + index * 20 + 14);
  });
  for (const bar of mine) {
    const index = rows.indexOf(B_STEP[bar]);
    if (index < 0) continue;
    const [x, wide] = place(bar, scaled), y = top + index * 20 + 3;
    drawBar(pen, bar, left + x, y, wide, 14);
    at.set(B_STEP[bar], [left + x, wide, y + 7, tone(B_WORD[bar]) === FAILED]);
  }
  for (const step of rows) { // from what undoes a step to the step
    const from = at.get(step), to = STEPS[step].kind === "undo" ? at.get(STEPS[step].of) : undefined;
    if (from && to) arrow(pen, from[0], from[2], to[0] + to[1], to[2], from[3]);
  }
}
function arrow(pen, x, y, to, up, hasFailed) {
  pen.strokeStyle = pen.fillStyle = colour(hasFailed ? "failed" : "undone"); pen.globalAlpha = 0.8; pen.lineWidth = 1.2;
  pen.setLineDash(hasFailed ? [4, 3] : []);
  pen.beginPath(); const bend = Math.min(30, Math.max(0, (x - to) / 2));
  pen.moveTo(x - 1, y); pen.bezierCurveTo(x - 1 - bend, y, to + 7 + bend, up, to + 7, up); pen.stroke(); pen.setLineDash([]);
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
  if (undo.length) content.push(make("p", "", `In this run undone or verified by: ${undo.map((each) => each.name).join(", ")}`));
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

// ---- what the reader does

function chips() {
  const met = new Set();
  for (const step of STEPS) { step.states.forEach((state) => { if (state >= 0) met.add(tone(state)); }); if (!step.states.length) met.add(TO_COME); }
  for (const number of [...met].sort((a, b) => a - b)) {
    const name = data.tones[number], chip = make("button", "", make("span", `t-${name.replace(/ /g, "-")}`, MARKS[name]), ` ${name}`);
    chip.type = "button"; chip.dataset.tone = number; chip.setAttribute("aria-pressed", "false");
    chip.addEventListener("click", () => { wanted.tones.has(number) ? wanted.tones.delete(number) : wanted.tones.add(number); pressed(); });
    $("chips").append(chip);
  }
  for (const said of [...new Set(B_WORD)].sort((a, b) => tone(a) - tone(b)).slice(0, 12)) {
    $("legend").append(make("li", "", make("span", `t-${data.tones[tone(said)].replace(/ /g, "-")}`, "■"), ` ${text(said)}`));
  }
  if (STEPS.some((step) => step.kind === "undo")) $("legend").append(make("li", "", "half as high: undoes a step"));
  if (B_ENDED.some((ended, bar) => ended < 0 && !isAtWork(bar))) $("legend").append(make("li", "", "dashed: nobody saw its end"));
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
