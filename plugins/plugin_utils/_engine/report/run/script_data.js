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
const DOMAIN = domain(HOSTS);
const SHORT = HOSTS.map((host) => host.slice(0, host.length - DOMAIN.length));
const STEP_TEXT = STEPS.map((step) => `${title(step)} ${step.where}`.toLowerCase());
const HOST_TEXT = HOSTS.map((host) => host.toLowerCase());
const MARKS = { failed: "×", "in doubt": "?", waiting: "…", "at work": "▸", undone: "↩", handled: "!", done: "✓", skipped: "–", "to come": "·" };
const DARK = matchMedia("(prefers-color-scheme: dark)");
const isNarrow = () => innerWidth <= 640;
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

function domain(names) { // that all hosts have in common
  let shared = names.length > 1 ? names[0].slice(names[0].indexOf(".")) : "";
  while (shared && !names.every((name) => name.endsWith(shared) && name !== shared)) shared = shared.slice(1).replace(/^[^.]*/, "");
  return names.length > 1 && names[0].includes(".") ? shared : "";
}
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
const isAtWork = (bar) => data.tones[tone(B_WORD[bar])] === "at work";
function told(bar) {
  const began = B_BEGAN[bar], ended = B_ENDED[bar], isOn = isAtWork(bar);
  const span = began >= 0 && ended >= 0 ? ` (${lasted(ended - began)})` : "";
  return `${text(B_WORD[bar])}, ${clock(began)} to ${ended >= 0 ? clock(ended) : isOn ? "now" : "an unknown time"}${span}, attempt ${B_ATTEMPT[bar]}`;
}
