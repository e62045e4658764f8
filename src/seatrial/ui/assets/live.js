"use strict";
// The changing part is fetched anew every second, as the server wrote it, until the run has ended.
const live = document.getElementById("live");
const lost = document.getElementById("lost");
const going = () => live.firstElementChild.dataset.status === "running";
async function refresh() {
  try {
    const answer = await fetch(live.dataset.part);
    if (!answer.ok) throw new Error(String(answer.status));
    live.innerHTML = await answer.text();
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  if (going()) setTimeout(refresh, 1000);
}
if (going()) setTimeout(refresh, 1000);
