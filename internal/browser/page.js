// What the tests ask a page, by what people see of it. It is evaluated in the
// page by the debugger, which no policy of the page and no switched-off script
// forbids.
"use strict";
const kinds = {
  link: "a[href]",
  button: "button, input[type=submit]",
  summary: "summary",
  field: "input:not([type=hidden]):not([type=submit]), select, textarea",
};
const squeeze = (text) => text.replace(/\s+/g, " ").trim();
const is = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 160);
const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;

// named is what a control is called by who does not see it.
function named(e) {
  const by = e.getAttribute("aria-labelledby");
  if (by) return squeeze(by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" "));
  if (e.ariaLabel) return squeeze(e.ariaLabel);
  if (e.labels?.length) {
    return squeeze([...e.labels].map((label) => {
      const copy = label.cloneNode(true);
      copy.querySelectorAll("select, textarea, output").forEach((inner) => inner.remove());
      return copy.textContent;
    }).join(" "));
  }
  return squeeze(e.textContent || (e.type === "submit" && e.value) || e.querySelector("img")?.alt || "");
}

// find is the one control of a kind with a name, or with a name that begins so.
function find(kind, name) {
  const all = [...document.querySelectorAll(kinds[kind])].filter(shown);
  let found = all.filter((e) => named(e) === name);
  if (!found.length) found = all.filter((e) => named(e).startsWith(name));
  const inMain = found.filter((e) => e.closest("main"));
  if (inMain.length) found = inMain;
  if (found.length > 1 && found.every((e) => e.href && e.href === found[0].href)) found = [found[0]];
  if (found.length !== 1) throw new Error(`${found.length} times ${kind} "${name}" among: ${all.map(named).join(" | ")}`);
  return found[0];
}

// spot is where to click on a control. What lies above it would take the click.
function spot(kind, name) {
  const e = find(kind, name);
  e.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const box = e.getClientRects()[0];
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  const hit = document.elementFromPoint(x, y);
  if (hit !== e && !e.contains(hit) && ![...(e.labels ?? [])].some((label) => label.contains(hit))) {
    throw new Error(`${kind} "${name}" is covered by ${hit?.outerHTML.slice(0, 200)}`);
  }
  return { x, y, type: e.type ?? "" };
}

// about says what a field is and holds.
function about(name) {
  const e = find("field", name);
  return {
    type: e.type, value: e.value, checked: Boolean(e.checked),
    options: e.options ? [...e.options].map((o) => squeeze(o.textContent)) : null, chosen: e.selectedIndex ?? -1,
  };
}

// take makes a field the one that is typed into, with what is in it selected.
function take(name) {
  const e = find("field", name);
  e.focus();
  if (e.select) e.select();
  return true;
}

// focus is where the keyboard is, and whether that can be seen.
function focus() {
  const e = document.activeElement;
  if (!e || e === document.body) return { kind: "", name: "", visible: true };
  const kind = Object.keys(kinds).find((k) => e.matches(kinds[k])) ?? e.tagName;
  // The browser marks the part of a day that has the focus, not the whole field.
  if (e.type === "date") return { kind, name: named(e), visible: true };
  const style = getComputedStyle(e);
  return { kind, name: named(e), visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && e.getClientRects().length > 0 };
}

// stop is where the keyboard is, and whether that is a control, or one of the same
// radio buttons.
function stop(kind, name) {
  const e = find(kind, name), at = document.activeElement;
  const there = at === e || (e.type === "radio" && at.type === "radio" && at.name === e.name && at.form === e.form);
  return { ...focus(), there, outside: !e.closest("main") };
}

// text is what the page says below its header.
function text() {
  return squeeze(document.querySelector("main")?.innerText ?? document.body.innerText);
}

// table are the cells of the body of the table with a name.
function table(name) {
  const found = [...document.querySelectorAll("table")].filter((e) => !name || squeeze(e.caption?.textContent ?? "").includes(name));
  if (!found.length) throw new Error(`no table "${name}"`);
  return [...found[0].tBodies[0].rows].map((row) => [...row.cells].map((cell) => squeeze(cell.innerText)));
}

// wide is by how many pixels the page is wider than the window.
function wide() {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}

// widest is what reaches furthest to the right.
function widest() {
  const edge = (e) => e.getBoundingClientRect().right;
  const all = [...document.querySelectorAll("body *")].filter((e) => getComputedStyle(e).position === "absolute" || !e.parentElement.closest(".scroll, pre"));
  return all.reduce((a, b) => (edge(b) > edge(a) ? b : a)).outerHTML.slice(0, 200);
}

// places are where the page can lead: links, and forms with their method.
function places() {
  // A field may be called "action" or "method" and hide what its form says.
  const links = [...document.querySelectorAll("a[href]")].map((e) => ({ method: "get", url: e.href, name: named(e), download: e.hasAttribute("download") }));
  const forms = [...document.forms].map((e) => ({ method: e.getAttribute("method"), url: new URL(e.getAttribute("action") ?? "", location.href).href, name: "a form", download: false }));
  const lost = [...document.querySelectorAll("button, input[type=submit]")].filter((e) => !e.form).map((e) => ({ method: "none", url: "", name: named(e), download: false }));
  return [...links, ...forms, ...lost];
}
