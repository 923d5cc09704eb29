// What is wrong with a page for who sees it.

// lines are how many lines a part of a text takes.
function lines(node, from, to) {
  const range = document.createRange();
  range.setStart(node, from);
  range.setEnd(node, to);
  return new Set([...range.getClientRects()].filter((box) => box.width > 1).map((box) => Math.round(box.top))).size;
}

// clipped reports whether something is there for who does not see it alone.
function clipped(e) {
  for (let at = e; at; at = at.parentElement) if (getComputedStyle(at).clipPath !== "none" || at.getBoundingClientRect().width === 1) return true;
  return false;
}

// squeezed lists the words that are broken into pieces of a few letters, and the
// sentences that stand in a column of single words.
function squeezed() {
  const wrong = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, e = node.parentElement, text = node.data;
    if (text.trim().length < 5 || e.closest("option, noscript, script, svg") || !shown(e) || clipped(e)) continue;
    const whole = squeeze(text).length, taken = lines(node, 0, text.length);
    if (taken < 2) continue;
    if (whole >= 40 && whole / taken < 9) wrong.push(`${whole} letters on ${taken} lines: ${is(e)}`);
    for (const word of text.matchAll(/[^\s\-/]{5,}/g)) {
      const pieces = lines(node, word.index, word.index + word[0].length);
      if (pieces > 1 && word[0].length / pieces < 4) wrong.push(`"${word[0].slice(0, 40)}" on ${pieces} lines: ${is(e)}`);
    }
  }
  return wrong;
}

// least is how wide and high a target is at least (WCAG 2.2, 2.5.8), in CSS pixels.
const least = 24;

// reach is where a control takes a click: what it is labelled with belongs to it.
function reach(e) {
  const boxes = [e, ...(e.labels ?? [])].map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0);
  const left = Math.min(...boxes.map((b) => b.left)), top = Math.min(...boxes.map((b) => b.top));
  const right = Math.max(...boxes.map((b) => b.right)), bottom = Math.max(...boxes.map((b) => b.bottom));
  return { e, left, top, right, bottom, x: (left + right) / 2, y: (top + bottom) / 2, little: right - left < least - 0.5 || bottom - top < least - 0.5 };
}

// inline reports whether a link stands in a sentence, whose lines say how high it is.
function inline(e) {
  if (!e.matches("a") || getComputedStyle(e).display !== "inline") return false;
  let block = e.parentElement;
  while (getComputedStyle(block).display === "inline") block = block.parentElement;
  return squeeze(block.textContent) !== squeeze(e.textContent);
}

// little lists the targets that are too small, and have others too near.
function little() {
  const all = [...document.querySelectorAll(Object.values(kinds).join(", "))]
    .filter((e) => shown(e) && !e.matches(":disabled, .skip") && !clipped(e)).map(reach);
  const near = (one, other) => {
    if (one.e.contains(other.e) || other.e.contains(one.e)) return false;
    if (other.little && Math.hypot(one.x - other.x, one.y - other.y) < least) return true;
    const x = Math.max(other.left - one.x, 0, one.x - other.right), y = Math.max(other.top - one.y, 0, one.y - other.bottom);
    return Math.hypot(x, y) < least / 2;
  };
  return all.filter((one) => one.little && !inline(one.e)).flatMap((one) => {
    const other = all.find((other) => other !== one && near(one, other));
    return other ? [`${Math.round(one.right - one.left)} by ${Math.round(one.bottom - one.top)} pixels are too few beside ${is(other.e)}: ${is(one.e)}`] : [];
  });
}

// cut lists what hangs over the edge of the window or of what scrolls it, or is cut
// off by what it stands in.
function cut() {
  const wrong = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, e = node.parentElement;
    if (!node.data.trim() || e.closest("option, textarea, meter, progress, noscript, script, svg, .skip") || !shown(e) || clipped(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect(), holder = e.closest("td, th, dd, dt, button, .button, .status, .tag, fieldset, dl, pre, .scroll, main, header");
    const room = holder?.getBoundingClientRect();
    if (!room || holder.matches("pre, .scroll")) continue;
    if (box.right > room.right + 1 || box.left < room.left - 1) wrong.push(`it hangs over the edge of ${holder.tagName} by ${Math.round(Math.max(box.right - room.right, room.left - box.left))} pixels: ${is(e)}`);
  }
  return wrong;
}

// unfit lists all of it.
function unfit() {
  const over = wide();
  return [...(over > 0 ? [`${over} pixels too wide: ${widest()}`] : []), ...cut(), ...squeezed(), ...little()];
}
