// How tiles share a surface: pure functions, no page.
export const NARROW = 4 / 3, WIDE = 16 / 9; // a tile's width to its height
const FEW = 4, SEEN_ON_PHONE = 6, LEAST_WIDTH = 132;

// The rows and columns that make tiles largest: {columns, rows, width, height, scrolls}. Sizes in whole pixels.
export function layout(count, width, height, { gap = 8, phone = false } = {}) {
  if (count < 1 || width < 1 || height < 1) return { columns: 0, rows: 0, width: 0, height: 0, scrolls: false };
  if (phone && count > FEW) return onPhone(count, width, height, gap);
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tile = fit((width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows);
    const empty = columns * rows - count;
    const area = tile.width * tile.height;
    // Of two that are as large, the one that leaves fewer holes.
    if (!best || area > best.area * 1.02 || (area > best.area * 0.98 && empty < best.empty)) best = { columns, rows, ...tile, area, empty };
  }
  if (best.width < LEAST_WIDTH) {
    const columns = Math.max(1, Math.floor((width + gap) / (LEAST_WIDTH + gap)));
    return { columns, rows: Math.ceil(count / columns), ...fit((width - gap * (columns - 1)) / columns, LEAST_WIDTH / NARROW), scrolls: true };
  }
  return { columns: best.columns, rows: best.rows, width: best.width, height: best.height, scrolls: false };
}

// Of more than a few: two columns; six are seen at once and a little of the next, so that one sees that there are more.
function onPhone(count, width, height, gap) {
  const columns = width > height ? 3 : 2;
  const rows = Math.ceil(count / columns);
  const shown = Math.min(rows, SEEN_ON_PHONE / columns);
  const more = rows > shown ? 0.2 : 0;
  const tile = fit((width - gap * (columns - 1)) / columns, (height - gap * (shown - 1 + (more ? 1 : 0))) / (shown + more), 1);
  return { columns, rows, ...tile, scrolls: rows > shown };
}

// The largest tile of a decent shape in a cell.
function fit(width, height, narrow = NARROW) {
  const shape = width / height;
  if (shape > WIDE) return { width: Math.floor(height * WIDE), height: Math.floor(height) };
  if (shape < narrow) return { width: Math.floor(width), height: Math.floor(width / narrow) };
  return { width: Math.floor(width), height: Math.floor(height) };
}

// Who comes first: whoever is pinned, leaders, then, where not all are seen at once, whoever spoke last; then as they came.
export function order(people, { pinned = "", speaker = "", scrolls = false } = {}) {
  const place = (one) => (one.key === pinned ? 0 : one.leads ? 1 : scrolls && one.key === speaker ? 2 : one.self ? 4 : 3);
  return [...people].map((one, n) => ({ one, n })).sort((a, b) => place(a.one) - place(b.one) || a.n - b.n).map(({ one }) => one);
}

// "Maria del Carmen" → "MC"; a name of one word gives one letter.
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word || "")][0] || "");
  return letters.join("").toLocaleUpperCase();
}
