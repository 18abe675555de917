import assert from "node:assert/strict";
import test from "node:test";

import { helpFor } from "./permission-help.js";

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15";
const ANDROID = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36";

test("each browser gets the help that fits it", () => {
  assert.equal(helpFor(ANDROID), "chrome");
  assert.equal(helpFor(`${ANDROID} Edg/126.0`), "chrome");
  assert.equal(helpFor(`${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`), "ios");
  assert.equal(helpFor(MAC), "safari");
  assert.equal(helpFor(MAC, 5), "ios");
  assert.equal(helpFor("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "firefox");
  assert.equal(helpFor("something unheard of"), "other");
});

test("inside WeChat the help is WeChat's, on any phone", () => {
  assert.equal(helpFor(`${ANDROID} MicroMessenger/8.0.50`), "wechat");
  assert.equal(helpFor(`${IPHONE} Mobile/15E148 MicroMessenger/8.0.50`), "wechat");
});
