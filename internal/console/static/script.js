// What pages do better with scripts; without them everything works as well.
"use strict";

// How many users are ticked is said beside the choice, and ticking one makes it.
const bulk = document.getElementById("bulk");
if (bulk) {
  const said = document.getElementById("ticked");
  document.addEventListener("change", (event) => {
    if (event.target.name !== "id") return;
    const ticked = document.querySelectorAll('input[name="id"]:checked').length;
    said.textContent = ` (${ticked})`;
    if (ticked > 0) bulk.elements.whom.value = "ticked";
  });
}

// What is under way is over: what stands below has changed, too.
function renew(page) {
  const main = document.getElementById("main");
  const next = page.getElementById("main");
  if (!next) return;
  const inside = main.contains(document.activeElement);
  main.replaceWith(next);
  if (inside) next.focus();
  const notice = document.getElementById("notice");
  // A change of a status is read out, a status that comes with its text is not.
  if (notice && !notice.textContent) setTimeout(() => { notice.textContent = "It is over."; }, 100);
}

// The page as it is now, nothing where it cannot be had.
async function again() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// What is under way shows how far it has got, until it is over.
async function follow() {
  let live = document.getElementById("live");
  while (live && "poll" in live.dataset) {
    await new Promise((done) => setTimeout(done, 1000));
    try {
      const page = await again();
      const next = page && page.getElementById("live");
      if (!next) break;
      if (!("poll" in next.dataset)) {
        renew(page);
        break;
      }
      live.replaceWith(next);
      live = next;
    } catch {
      // The server is away for a moment; it goes on when it is back.
    }
  }
}

// Where the server tells it by events, it is not asked again and again. What is
// read out is each quarter alone.
function listen(live) {
  const events = new EventSource(live.dataset.events);
  let told = 0;
  events.addEventListener("progress", (event) => {
    const now = JSON.parse(event.data);
    document.getElementById("live-state").textContent = now.state;
    document.getElementById("live-says").textContent = now.says;
    document.getElementById("live-notes").textContent = now.notes;
    document.getElementById("live-bar").value = now.percent;
    document.getElementById("live-seen").textContent = now.seen;
    const quarter = Math.floor(now.percent / 25);
    if (quarter > told) document.getElementById("live-told").textContent = `${now.percent}% looked at`;
    told = quarter;
  });
  events.addEventListener("over", async () => {
    events.close();
    try {
      const page = await again();
      if (page) renew(page);
    } catch {
      // The link on the page leads on.
    }
  });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) follow();
  });
}

const underWay = document.getElementById("live");
if (underWay && underWay.dataset.events) listen(underWay);
else follow();
