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

// What is under way shows how far it has got, until it is over.
async function follow() {
  let live = document.getElementById("live");
  while (live && "poll" in live.dataset) {
    await new Promise((done) => setTimeout(done, 1000));
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) break;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("live");
      if (!next) break;
      if (!("poll" in next.dataset)) {
        // What stands below has changed, too.
        document.getElementById("main").replaceWith(page.getElementById("main"));
        break;
      }
      live.replaceWith(next);
      live = next;
    } catch {
      // The server is away for a moment; it goes on when it is back.
    }
  }
}
follow();
