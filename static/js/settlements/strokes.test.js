import assert from "node:assert/strict";
import { test } from "node:test";
import { toGroups, toText } from "./strokes.js";

const drawn = (...strokes) => strokes.map((points) => ({ points: points.map(([x, y]) => ({ x, y })) }));

test("strokes become whole numbers within bounds, and nothing becomes nothing", () => {
  assert.equal(toText([]), "");
  const groups = drawn([[1.4, 2.6], [1.3, 2.7], [-5, 9999]], [[7, 8]]);
  assert.equal(toText(groups), "[[1,3,0,4096],[7,8]]");
});

test("what is sent back is drawn again", () => {
  const [group] = toGroups("[[1,2,3,4]]", { penColor: "blue" });
  assert.equal(group.penColor, "blue");
  assert.deepEqual(group.points.map(({ x, y }) => [x, y]), [[1, 2], [3, 4]]);
  assert.equal(toText([group]), "[[1,2,3,4]]");
  assert.deepEqual(toGroups("", {}), []);
});

test("too much is thinned until the server takes it", () => {
  const stroke = Array.from({ length: 3000 }, (_, n) => [n, n % 7]);
  const strokes = JSON.parse(toText(drawn(stroke, stroke, stroke)));
  const points = strokes.flat().length / 2;
  assert.equal(strokes.length, 3);
  assert.ok(points <= 4000 && points > 2000, String(points));
  assert.deepEqual(strokes[0].slice(0, 4), [0, 0, 3, 3]);
  assert.equal(JSON.parse(toText(drawn(...Array(200).fill([[1, 1]])))).length, 80);
});
