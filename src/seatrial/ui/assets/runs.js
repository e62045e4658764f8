"use strict";
// Rows that do not hold every word of the filter are hidden while it is typed.
const field = document.getElementById("q");
const rows = [...document.querySelectorAll("#runs tbody tr")];
const none = document.getElementById("none");
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    left += row.hidden ? 0 : 1;
  }
  if (none) none.hidden = left > 0;
});
