"use strict";
// Rows that do not hold every word of the filter are hidden while it is typed; what is chosen stays chosen.
const field = document.getElementById("q");
const rows = [...document.querySelectorAll("#runs tbody tr")];
const none = document.getElementById("none");
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) {
    const text = row.dataset.text;
    row.hidden = !words.every((word) => text.includes(word));
  }
  none.hidden = rows.some((row) => !row.hidden);
});

// The button says what it will compare: a chosen row may be out of sight.
const form = document.getElementById("compare");
const chosen = () => {
  if (!form) return;
  const { base, new: later } = Object.fromEntries(new FormData(form));
  document.getElementById("chosen").textContent = base && later ? `${later} with ${base} as base` : "";
};
form?.addEventListener("change", chosen);
chosen();
