// The axis of a timeline. A linear axis is useless once the clock has been advanced by two hours: the start of a
// session would be less than a pixel wide. So long gaps are folded: they are drawn short, and marked.

// A gap is folded if it is this many times as long as the median gap.
const FOLD_FACTOR = 6;
// What every gap gets beside its length, as a part of the median gap, so that short ones can be seen.
const MIN_PART = 0.35;

/**
 * The axis through these times (milliseconds, in any order).
 *
 * `at(time)` is the position of a time from 0 to 1. `folds` are the folded gaps, each with `from`, `to`, `left`, `width`.
 */
export function foldedAxis(times) {
  const points = [...new Set(times)].filter(Number.isFinite).sort((a, b) => a - b);
  if (points.length < 2) return { at: () => 0, folds: [], points };
  const gaps = points.slice(1).map((time, index) => time - points[index]);
  const median = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)];
  const limit = median * FOLD_FACTOR;
  const widths = gaps.map((gap) => Math.min(gap, limit) + median * MIN_PART);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const starts = [];
  let sum = 0;
  for (const width of widths) {
    starts.push(sum / total);
    sum += width;
  }
  const folds = gaps.flatMap((gap, index) =>
    gap > limit ? [{ from: points[index], to: points[index + 1], left: starts[index], width: widths[index] / total }] : [],
  );
  return { at: (time) => position(time, points, starts, widths, total), folds, points };
}

function position(time, points, starts, widths, total) {
  if (time <= points[0]) return 0;
  if (time >= points[points.length - 1]) return 1;
  let low = 0;
  let high = points.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (points[middle] <= time) low = middle;
    else high = middle - 1;
  }
  const part = (time - points[low]) / (points[low + 1] - points[low]);
  return starts[low] + (part * widths[low]) / total;
}
