// What the client tests share: facts, counted, and how they fail.
import { isDeepStrictEqual } from "node:util";

let facts = 0;
let failures = 0;

export function same(name, actual, expected) {
  facts++;
  if (isDeepStrictEqual(actual, expected)) return;
  failures++;
  console.log(`${name}\n  is       ${JSON.stringify(actual)}`);
  console.log(`  expected ${JSON.stringify(expected)}`);
}

export function finish() {
  console.log(`${facts} facts, ${failures} wrong`);
  process.exit(failures === 0 && facts > 0 ? 0 : 1);
}
