// Draws the charts of a person's progress. What each one says stands in a table beside it; without scripts the tables are open.
(() => {
  const data = document.getElementById("drawings");
  if (!data || !window.Chart) return;
  const drawings = JSON.parse(data.textContent);
  const DAY = 86_400_000;
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  // A token may say light-dark(…): the browser resolves it for an element.
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { month: "short", day: "numeric", timeZone: "UTC" });
  const fullDay = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeZone: "UTC" });
  const shown = [];

  const look = () => ({
    ink: colour("--ink"), soft: colour("--ink-soft"), line: colour("--line"), surface: colour("--surface"),
    lines: ["--accent", "--care", "--note", "--good"].map(colour), wash: colour("--surface-sunk"),
  });

  function annotations(chart, has) {
    const found = {};
    chart.bands.forEach(([low, high, name], place) => {
      found[`band${place}`] = {
        type: "box", yMin: low, yMax: high, borderWidth: 0, backgroundColor: place % 2 ? has.wash : "transparent",
        drawTime: "beforeDatasetsDraw",
        label: { display: true, content: name, position: { x: "end", y: "end" }, color: has.soft, font: { size: 11 }, padding: 2 },
      };
    });
    if (chart.baseline !== null) {
      found.baseline = {
        type: "line", yMin: chart.baseline, yMax: chart.baseline, borderColor: has.soft, borderWidth: 1, borderDash: [4, 4],
      };
    }
    chart.events.forEach(([at, name], place) => {
      found[`event${place}`] = {
        type: "line", xMin: at, xMax: at, borderColor: has.line, borderWidth: 1,
        label: { display: false, content: name },
      };
    });
    return found;
  }

  function draw(canvas) {
    const chart = drawings[canvas.dataset.chart];
    if (!chart) return;
    const has = look();
    const days = chart.lines.flatMap((line) => line.points.map(([at]) => at));
    const first = Math.min(...days);
    const last = Math.max(...days);
    const room = Math.max(DAY, (last - first) * 0.03);
    const words = chart.bands.length ? (last - first) * 0.18 : 0; // beside the points, not over them
    shown.push(new window.Chart(canvas, {
      type: "line",
      data: {
        datasets: chart.lines.map((line, place) => ({
          label: line.name,
          data: line.points.map(([x, y, words]) => ({ x, y, words })),
          borderColor: has.lines[place % has.lines.length],
          backgroundColor: has.surface,
          pointBackgroundColor: has.lines[place % has.lines.length],
          pointStyle: ["circle", "rectRot", "triangle", "rect"][place % 4],
          borderWidth: 2, pointRadius: 3, clip: false, pointHitRadius: 12, tension: 0, spanGaps: true,
        })),
      },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, interaction: { mode: "nearest", intersect: false },
        layout: { padding: { top: 4, right: 4 } },
        scales: {
          x: {
            type: "linear", min: first - room, max: last + room + words, grid: { display: false }, border: { color: has.line },
            ticks: { color: has.soft, maxTicksLimit: 6, maxRotation: 0, stepSize: last - first < 14 * DAY ? DAY : undefined, callback: (at) => day.format(at) },
          },
          y: {
            min: chart.low, max: chart.high, grid: { color: has.line }, border: { display: false },
            ticks: { color: has.soft, maxTicksLimit: 6, precision: 0 },
          },
        },
        plugins: {
          legend: { display: chart.lines.length > 1, labels: { color: has.ink, usePointStyle: true, boxHeight: 7 } },
          tooltip: {
            callbacks: {
              title: (items) => fullDay.format(items[0].parsed.x),
              label: (item) => `${item.dataset.label}: ${item.parsed.y}${item.raw.words ? ` (${item.raw.words})` : ""}`,
              footer: (items) => chart.events.filter(([at]) => Math.abs(at - items[0].parsed.x) < 4 * DAY).map(([, name]) => name),
            },
          },
          annotation: { annotations: annotations(chart, has) },
        },
      },
    }));
  }

  const drawAll = () => {
    shown.splice(0).forEach((chart) => chart.destroy());
    document.querySelectorAll("canvas[data-chart]").forEach(draw);
  };
  document.querySelectorAll("details[data-table]").forEach((table) => { table.open = false; });
  window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  drawAll();
  // The colours are of the theme at hand.
  new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  matchMedia("print").addEventListener("change", () => { shown.forEach((chart) => chart.resize()); });
})();
