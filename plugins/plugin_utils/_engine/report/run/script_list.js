// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026, the saga.ops contributors

// ---- a list of any length: only the rows that can be seen are in the page

class List {
  constructor(node, sized, fill, open, inside) {
    Object.assign(this, { node, sized, height: sized(), fill, open, count: 0, active: 0, rows: new Map() });
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
    this.height = this.sized();
    const most = count <= 30 ? Infinity : Math.max(220, Math.round(innerHeight * 0.62)); // a short list needs no scrolling
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
