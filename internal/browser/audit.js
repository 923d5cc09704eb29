// What is wrong with a page for who does not see it, or not well.

// audit lists what a reader of the tree of the page stumbles over.
function audit() {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  if (!document.documentElement.lang) wrong.push("the page has no language");
  if (!squeeze(document.title)) wrong.push("the page has no title");
  if (all("main").length !== 1) wrong.push(`${all("main").length} main parts`);
  if (all("h1").length !== 1) wrong.push(`${all("h1").length} headings of the page`);
  let level = 0;
  for (const h of all("h1, h2, h3, h4, h5, h6")) {
    const next = Number(h.tagName[1]);
    if (next > level + 1) wrong.push(`heading of level ${next} below level ${level}: ${is(h)}`);
    if (!squeeze(h.textContent)) wrong.push(`empty heading: ${is(h)}`);
    level = next;
  }
  const ids = all("[id]").map((e) => e.id);
  for (const id of new Set(ids.filter((one, i) => ids.indexOf(one) !== i))) wrong.push(`id "${id}" twice`);
  for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list"]) {
    for (const e of all(`[${name}]`)) {
      for (const id of e.getAttribute(name).split(/\s+/)) {
        if (!document.getElementById(id)) wrong.push(`${name}="${id}" leads nowhere: ${is(e)}`);
      }
    }
  }
  for (const e of all(`${kinds.field}, ${kinds.link}, ${kinds.button}, summary, progress, meter, [role=region], nav`)) {
    if (e.ariaHidden === "true") continue;
    if (!named(e) || (e.matches("nav, [role=region], progress, meter") && !e.ariaLabel && !e.hasAttribute("aria-labelledby"))) wrong.push(`without a name: ${is(e)}`);
  }
  for (const e of all("table")) {
    if (!squeeze(e.caption?.textContent ?? "")) wrong.push(`table without a caption: ${is(e)}`);
    if (!e.querySelector("th[scope=col]")) wrong.push(`table without headings: ${is(e)}`);
    if (e.querySelectorAll("[aria-sort]").length > 1) wrong.push(`table sorted by several columns: ${is(e)}`);
    const columns = e.tHead?.rows[0]?.cells.length ?? 0;
    for (const row of e.tBodies[0]?.rows ?? []) {
      const cells = [...row.cells].reduce((n, cell) => n + cell.colSpan, 0);
      if (columns && cells !== columns) wrong.push(`row of ${cells} cells below ${columns} headings: ${is(row)}`);
    }
  }
  for (const e of all("th:not([scope])")) wrong.push(`heading of nothing: ${is(e)}`);
  for (const e of all("img:not([alt])")) wrong.push(`picture without words: ${is(e)}`);
  for (const e of all("svg")) {
    if (e.getAttribute("aria-hidden") !== "true" && !(e.getAttribute("role") === "img" && (e.ariaLabel || e.hasAttribute("aria-labelledby") || e.querySelector("title")))) wrong.push(`chart without words: ${is(e)}`);
  }
  for (const e of all("[tabindex]")) if (e.tabIndex > 0) wrong.push(`out of turn: ${is(e)}`);
  for (const e of all(".scroll")) if (e.tabIndex !== 0) wrong.push(`cannot be scrolled by keyboard: ${is(e)}`);
  return wrong;
}

// shade is a colour as red, green, blue and how much it covers. The canvas knows
// every way to write one.
const palette = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const shades = new Map();
function shade(color) {
  if (!shades.has(color)) {
    palette.clearRect(0, 0, 1, 1);
    palette.fillStyle = color;
    palette.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = palette.getImageData(0, 0, 1, 1).data;
    shades.set(color, [r, g, b, a / 255]);
  }
  return shades.get(color);
}
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);

// ground is what is behind what an element shows.
function ground(e) {
  const layers = [];
  for (let at = e; at; at = at.parentElement) {
    const one = shade(getComputedStyle(at).backgroundColor);
    layers.push(one);
    if (one[3] === 1) break;
  }
  const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  return layers.reduceRight((below, top) => over(top, below), canvas);
}

// light is the relative luminance of WCAG 2.2.
function light([r, g, b]) {
  const part = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
}
function contrast(one, other) {
  const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

// faint lists the text that is hard to read, and the edges of fields that are
// hard to see (WCAG 2.2, 1.4.3 and 1.4.11).
function faint() {
  const wrong = new Map();
  const judge = (e, color, least, what) => {
    const below = ground(e), got = contrast(over(shade(color), below), below);
    if (got < least) wrong.set(`${what} ${e.tagName} ${e.className}`, `${got.toFixed(2)} of ${least}: ${what} of ${e.outerHTML.slice(0, 100)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let looked = 0;
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest("option, noscript, script, svg, [disabled]") || !shown(e)) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    judge(e, style.color, size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5, "text");
    looked++;
  }
  for (const e of document.querySelectorAll(kinds.field)) {
    if (!shown(e) || e.matches("[type=checkbox], [type=radio], [type=file]")) continue;
    judge(e, getComputedStyle(e).color, 4.5, "text");
    if (e.placeholder) judge(e, getComputedStyle(e, "::placeholder").color, 4.5, "placeholder");
    const edge = over(shade(getComputedStyle(e).borderTopColor), ground(e.parentElement));
    if (contrast(edge, ground(e.parentElement)) < 3) wrong.set(`edge ${e.tagName}`, `edge of ${e.outerHTML.slice(0, 100)}`);
  }
  for (const e of document.querySelectorAll("svg text")) {
    judge(e.closest("svg"), getComputedStyle(e).fill, 4.5, `text "${squeeze(e.textContent)}"`);
  }
  if (looked < 5) wrong.set("nothing", `only ${looked} texts were looked at`);
  return [...wrong.values()];
}
