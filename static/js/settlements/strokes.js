// What is drawn, between the pad's points and the whole numbers the server takes:
// [[x, y, x, y, …], …], a list for each stroke (settlements/document/drawing.py says the limits).

const MOST_POINTS = 4000;
const MOST_STROKES = 80;
const LARGEST = 4096;
const whole = (value) => Math.min(LARGEST, Math.max(0, Math.round(value)));

/** The text to send; empty when nothing is drawn. */
export function toText(groups) {
  const strokes = groups.slice(0, MOST_STROKES).map(({ points }) => toNumbers(points));
  if (!strokes.length) return "";
  const count = strokes.reduce((sum, numbers) => sum + numbers.length / 2, 0);
  return JSON.stringify(count > MOST_POINTS ? thinned(strokes, count) : strokes);
}

/** A stroke's numbers, without points that fall onto the one before. */
function toNumbers(points) {
  const numbers = [];
  for (const { x, y } of points) {
    const [px, py] = [whole(x), whole(y)];
    if (numbers.at(-2) !== px || numbers.at(-1) !== py) numbers.push(px, py);
  }
  return numbers;
}

/** Every second, third, … point; the first of a stroke stays. */
function thinned(strokes, count) {
  const step = Math.ceil(count / (MOST_POINTS - MOST_STROKES));
  return strokes.map((numbers) => numbers.filter((_, n) => Math.floor(n / 2) % step === 0));
}

/** The pad's points of a text the page was sent back with. */
export function toGroups(text, look) {
  if (!text) return [];
  return JSON.parse(text).map((numbers) => ({
    ...look,
    points: numbers.flatMap((x, n) =>
      n % 2 ? [] : [{ x, y: numbers[n + 1], pressure: 0.5, time: 0 }],
    ),
  }));
}
