"use strict";
// Rows that do not hold every word of the filter are hidden while it is typed; what is chosen stays chosen.
const field = document.getElementById("q");
const rows = [...document.querySelectorAll("#runs tbody tr")];
const none = document.getElementById("none");
const filter = () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) {
    const text = row.dataset.text;
    row.hidden = !words.every((word) => text.includes(word));
  }
  none.hidden = rows.some((row) => !row.hidden);
};
if (field) {
  field.addEventListener("input", filter);
  addEventListener("pageshow", filter);
}

// The button says what it will compare: a chosen row may be out of sight. With a single run there is no button.
const form = document.getElementById("compare");
const chosen = document.getElementById("chosen");
const tell = () => {
  const { base, new: later } = Object.fromEntries(new FormData(form));
  chosen.textContent = base && later ? `${later} with ${base} as base` : "";
};
if (chosen) {
  form.addEventListener("change", tell);
  addEventListener("pageshow", tell); // a browser that goes back may choose anew what was chosen before
}
