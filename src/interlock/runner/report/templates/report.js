"use strict";
// Draws the charts from the data in the page, and makes the table answer the filter. Text goes in as text, never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const drawings = new Map();
  const still = { displayModeBar: false, scrollZoom: false, doubleClick: "reset", responsive: true };
  const heights = { price: 420, equity: 240, drawdown: 200, position: 200, states: 180, reasons: 320 };
  const all = [data.times[0], data.times[data.times.length - 1]];
  const scaled = new Set(["price", "equity", "drawdown", "position"]);
  let shown = all;

  const layoutOf = (name, given) => ({
    ...given,
    height: heights[name],
    margin: { l: 90, r: 10, t: 10, b: 40 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, 'Liberation Sans', 'DejaVu Sans', sans-serif", size: 12 },
    hovermode: "closest",
    dragmode: "zoom",
    showlegend: name === "price" || name === "reasons",
    legend: { orientation: "h", y: -0.12, yanchor: "top" },
    xaxis: { type: "date", range: all, automargin: true },
    yaxis: { fixedrange: true, ...given.yaxis },
  });

  const show = (from, to) => {
    const [first, last] = all;
    const width = Math.max(60000, Math.min(to - from, last - first));
    const start = Math.max(first, Math.min(from, last - width));
    shown = [start, start + width];
    for (const [name, drawing] of drawings) {
      Plotly.relayout(drawing, { "xaxis.range": shown.slice(), ...(scaled.has(name) ? heightOf(drawing) : {}) });
    }
    say();
  };
  // What is looked at fills the chart, whatever lies outside of it.
  const heightOf = (drawing) => {
    let [least, greatest] = [Infinity, -Infinity];
    for (const trace of drawing.data) {
      trace.y.forEach((value, place) => {
        if (trace.x[place] < shown[0] || trace.x[place] > shown[1]) return;
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
      });
    }
    if (least > greatest) return { "yaxis.autorange": true };
    const room = (greatest - least || Math.abs(greatest) || 1) * 0.05;
    return { "yaxis.range": [least - room, greatest + room] };
  };
  const say = () => {
    document.getElementById("shown").textContent = shown.map((at) => new Date(at).toISOString().slice(0, 16).replace("T", " ")).join(" to ") + " UTC";
  };
  const acts = {
    earlier: () => show(shown[0] - (shown[1] - shown[0]) / 4, shown[1] - (shown[1] - shown[0]) / 4),
    later: () => show(shown[0] + (shown[1] - shown[0]) / 4, shown[1] + (shown[1] - shown[0]) / 4),
    nearer: () => show(shown[0] + (shown[1] - shown[0]) / 4, shown[1] - (shown[1] - shown[0]) / 4),
    farther: () => show(shown[0] - (shown[1] - shown[0]) / 2, shown[1] + (shown[1] - shown[0]) / 2),
    all: () => show(all[0], all[1]),
  };
  const keys = { ArrowLeft: "earlier", ArrowRight: "later", "+": "nearer", "=": "nearer", "-": "farther", 0: "all", Home: "all" };

  const milliseconds = (at) => (typeof at === "number" ? at : Date.parse(String(at).replace(" ", "T") + (String(at).length > 10 ? "Z" : "")));

  const open = (seq) => {
    const row = document.getElementById("r" + seq);
    if (row === null) {
      document.getElementById("shown").textContent = `record ${seq} is not on this page: interlock explain ${seq}`;
      return;
    }
    row.hidden = false;
    const details = row.querySelector("details");
    details.open = true;
    row.scrollIntoView({ block: "center" });
    details.querySelector("summary").focus();
  };

  const draw = (figure) => {
    const name = figure.dataset.chart;
    const chart = data.charts[name];
    const drawing = figure.querySelector(".drawing");
    const traces = chart.data.map((trace) => (trace.x === "@times" ? { ...trace, x: data.times } : trace));
    Plotly.newPlot(drawing, traces, layoutOf(name, chart.layout), still);
    drawing.on("plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change) show(milliseconds(change["xaxis.range[0]"]), milliseconds(change["xaxis.range[1]"]));
      else if (change["xaxis.autorange"]) show(all[0], all[1]);
    });
    drawing.on("plotly_click", (event) => {
      const seq = event.points[0].customdata;
      if (seq !== undefined) open(seq);
    });
    figure.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
      event.preventDefault();
      acts[keys[event.key]]();
    });
    drawings.set(name, drawing);
  };

  const tools = () => {
    const bar = document.createElement("div");
    bar.className = "tools";
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", "Charts");
    for (const [act, word] of [["earlier", "earlier"], ["later", "later"], ["nearer", "zoom in"], ["farther", "zoom out"], ["all", "show all"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.act = act;
      button.textContent = word;
      button.addEventListener("click", acts[act]);
      bar.append(button);
    }
    const said = document.createElement("output");
    said.id = "shown";
    said.setAttribute("aria-live", "polite");
    bar.append(said);
    document.querySelector(".charts").prepend(bar);
  };

  const filter = () => {
    const form = document.querySelector(".filter");
    const rows = Array.from(document.querySelectorAll(".decisions tbody tr"), (row) => ({ row, text: row.textContent.toLowerCase() }));
    const [text, outcome, code, count] = ["filter-text", "filter-outcome", "filter-code", "filter-count"].map((id) => document.getElementById(id));
    const apply = () => {
      const wanted = text.value.trim().toLowerCase();
      let found = 0;
      for (const one of rows) {
        const fits = one.text.includes(wanted)
          && (outcome.value === "" || one.row.dataset.outcome === outcome.value)
          && (code.value === "" || one.row.dataset.code === code.value);
        one.row.hidden = !fits;
        found += fits;
      }
      count.textContent = `${found} of ${rows.length} rows`;
    };
    form.addEventListener("input", apply);
    form.addEventListener("change", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    form.hidden = false;
    apply();
  };

  const charts = Array.from(document.querySelectorAll("[data-chart]"));
  if (charts.length > 0) {
    tools();
    charts.forEach(draw);
    say();
  }
  filter();
  document.documentElement.dataset.ready = "yes";
})();
