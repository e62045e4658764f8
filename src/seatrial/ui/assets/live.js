"use strict";
// The page is fetched anew every second; what changes in it is put in place, until the run has ended.
const lost = document.getElementById("lost");
const going = () => document.getElementById("status").textContent === "Running";
async function refresh() {
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll(".live")) {
      const now = fresh.getElementById(part.id).innerHTML;
      if (part.innerHTML !== now) part.innerHTML = now;
    }
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  if (going()) setTimeout(refresh, 1000);
}
if (going()) setTimeout(refresh, 1000);
