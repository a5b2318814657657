// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026, the saga.ops contributors

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
      if (x < free || x + 52 > Math.min(right, left + part.right - shift)) continue;
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
  const end = B_ENDED[bar] >= 0 ? B_ENDED[bar] : isAtWork(bar) || !attempt ? data.made : Math.max(B_BEGAN[bar], attempt[2]);
  const begin = B_BEGAN[bar] >= 0 ? B_BEGAN[bar] : end;
  const left = scaled.at(begin);
  return [left, Math.max(3, scaled.at(end) - left)];
}
function drawBar(pen, bar, x, y, width, height) {
  const name = data.tones[tone(B_WORD[bar])], undoes = STEPS[B_STEP[bar]].kind === "undo";
  pen.fillStyle = pen.strokeStyle = undoes && name === "done" ? colour("undone") : colour(COLOURS[name]);
  pen.globalAlpha = wanted.tones.size && !wanted.tones.has(tone(B_WORD[bar])) ? 0.25 : 1;
  const inner = Math.max(2, width - 1);
  if (B_ENDED[bar] < 0 && !isAtWork(bar)) { // nobody knows when it ended
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
const ROW = 24;
let zoom = 1;
const hosts = new List($("hosts"), () => ROW, (row, index) => {
  const host = shownHosts[index], name = data.tones[WORST[host]];
  row.append(make("span", name ? `t-${name.replace(/ /g, "-")}` : "", MARKS[name] || "·"), make("span", "name", SHORT[host]));
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
    const host = shownHosts[index], y = hosts.top + index * ROW - scrollTop;
    if (index === hosts.active) { pen.fillStyle = colour("card"); pen.fillRect(left, y, width, ROW); }
    for (let bar = FIRST[host]; bar < FIRST[host + 1]; bar++) {
      const [x, wider] = place(bar, scaled), at = left + x - scrollLeft;
      if (at + wider >= left && at <= width) drawBar(pen, bar, at, y + 5, wider, 14);
    }
  });
  pen.restore();
}
function under(event) {
  const box = hosts.node.getBoundingClientRect(), left = labelWidth(), y = event.clientY - box.top - 1 - hosts.top + hosts.node.scrollTop;
  const index = Math.floor(y / ROW), host = shownHosts[index];
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
  $("readout").value = bar >= 0 ? `${HOSTS[shownHosts[index]]}, ${title(STEPS[B_STEP[bar]])}: ${told(bar)}` : index >= 0 ? HOSTS[shownHosts[index]] : "";
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
