// The report in motion: charts when they come near, sorted tables, light and dark. Nothing is loaded or kept.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.remove("plain");

  // Light and dark: what the reader's system says, until the button says otherwise. Colours are CSS, so no chart
  // has to be drawn again.
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => {
    button.textContent = isDark() ? "Light colours" : "Dark colours";
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  system.addEventListener("change", label);
  label();

  // Tooltips as text, never as markup.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);
  const line = (name, value) => {
    const row = document.createElement("div");
    const key = document.createElement("span");
    key.textContent = name;
    row.append(key, String(value));
    return row;
  };
  const tooltip = (_handler, event, _item, value) => {
    if (value === null || value === undefined || value === "") {
      tip.hidden = true;
      return;
    }
    const rows = typeof value === "object" ? Object.entries(value).map(([name, text]) => line(name, text)) : [String(value)];
    tip.replaceChildren(...rows);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - box.width - 8);
    const below = event.clientY + 18;
    const top = below + box.height > innerHeight ? event.clientY - box.height - 10 : below;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, top)}px`;
  };
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });

  // Charts.
  const figures = [...document.querySelectorAll("figure.chart")];
  const themeData = document.getElementById("chart-theme");
  const config = themeData ? JSON.parse(themeData.textContent) : {};
  config.aria = false; // the chart as a whole has its words; single marks would be read without end
  const options = { actions: false, logLevel: 1, renderer: "svg", ast: true, defaultStyle: false, tooltip, config };
  // Long data comes as CSV of numbers. Vega would build a function to read it, which the page's policy forbids.
  const rows = (text) => {
    const [head, ...lines] = text.split("\n").map((found) => found.split(","));
    return lines.map((cells) =>
      Object.fromEntries(head.map((name, i) => [name, cells[i] === "" ? null : Number(cells[i])])));
  };
  const unpacked = (part) => {
    if (Array.isArray(part)) return part.map(unpacked);
    if (part === null || typeof part !== "object") return part;
    if (part.format?.type === "csv") return part.name ? { name: part.name } : { values: rows(part.values) };
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [
      name,
      name === "datasets" ? Object.fromEntries(Object.entries(value).map(([set, text]) => [set, rows(text)])) : unpacked(value),
    ]));
  };
  // Views below each other cannot follow their container: they are told its width, and drawn again when it changes.
  const fitted = (spec, plot) => {
    if (!spec.vconcat) return spec;
    const width = Math.max(120, plot.clientWidth - (spec.usermeta?.beside_px ?? 80));
    return { ...spec, vconcat: spec.vconcat.map((view) => ({ ...view, width })) };
  };
  const embed = async (figure, plot, spec) => {
    const { view, finalize } = await vegaEmbed(plot, fitted(spec, plot), options);
    const svg = plot.querySelector("svg");
    svg.setAttribute("role", "img");
    svg.removeAttribute("aria-roledescription");
    svg.setAttribute("aria-label", `${plot.dataset.title}. ${figure.querySelector(".alt").textContent}`);
    figure.classList.toggle("bound", Boolean(plot.querySelector(".vega-bind")));
    return { view, finalize };
  };
  const draw = async (figure) => {
    if (figure.dataset.drawn) return;
    figure.dataset.drawn = "begun";
    const plot = figure.querySelector(".plot");
    const details = figure.querySelector("details");
    try {
      const spec = unpacked(JSON.parse(figure.querySelector('script[type="application/json"]').textContent));
      let drawn = await embed(figure, plot, spec);
      if (spec.vconcat) {
        let width = plot.clientWidth;
        new ResizeObserver(async () => {
          if (Math.abs(plot.clientWidth - width) < 8) return;
          width = plot.clientWidth;
          drawn.finalize();
          drawn = await embed(figure, plot, spec);
        }).observe(plot);
      }
      details.open = false;
      figure.dataset.drawn = "yes";
    } catch (error) {
      plot.textContent = "This chart could not be drawn here; the words below say the same.";
      figure.dataset.drawn = "failed";
      console.error(figure.id, error);
    }
  };
  const near = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "600px" },
  );
  figures.forEach((figure) => near.observe(figure));
  // The others when nothing else is to be done, one at a time: a page that is printed or searched is whole.
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  const drawNext = async () => {
    const next = figures.find((figure) => !figure.dataset.drawn);
    if (next) {
      await draw(next);
      idle(drawNext);
    }
  };
  idle(drawNext);

  // Print: everything drawn and unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    figures.forEach(draw);
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((details) => { details.open = false; }));

  // Tables: a click sorts upwards, the next downwards, the third gives the first order back.
  const ORDERS = { none: "ascending", ascending: "descending", descending: "none" };
  const compare = (one, other) => {
    const [a, b] = [one.key, other.key];
    if (a === "" || b === "") return (a === "") - (b === "") || one.place - other.place;
    const [x, y] = [Number(a), Number(b)];
    const order = Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, "en", { numeric: true }) : x - y;
    return order;
  };
  const sort = (body, rows, column, order) => {
    const keyed = rows.map((row, place) => {
      const cell = row.cells[column];
      return { row, place, key: cell.dataset.size ?? cell.textContent };
    });
    const sign = order === "descending" ? -1 : 1;
    const known = (item) => item.key !== "";
    if (order !== "none") {
      keyed.sort((a, b) => (known(a) && known(b) ? sign * compare(a, b) : compare(a, b)) || a.place - b.place);
    }
    body.append(...keyed.map((item) => item.row));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.querySelectorAll("tr.heads > *")];
    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const press = document.createElement("button");
      press.type = "button";
      press.append(...head.childNodes);
      head.append(press);
      head.setAttribute("aria-sort", "none");
      press.addEventListener("click", () => {
        const order = ORDERS[head.getAttribute("aria-sort")];
        heads.filter((one) => one.tagName === "TH").forEach((one) => one.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", order);
        sort(body, rows, column, order);
      });
    });
  }

  // The table of contents says where the reader is.
  const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.slice().reverse()) {
        if (!entry.isIntersecting) continue;
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-10% 0px -80% 0px" },
  );
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));
})();
