// What `trestle types` prints is a type that postgrest-js takes, and right
// queries pass tsc with it where wrong ones do not: node types.mjs DATABASE.TS
import { copyFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { finish, same } from "./check.mjs";

copyFileSync(process.argv[2], "database.ts");

function check(file) {
  const tsc = spawnSync(process.execPath,
    ["node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--target",
     "es2022", "--module", "nodenext", "--skipLibCheck", file],
    { encoding: "utf8" });
  return tsc.stdout.split("\n").filter((line) => /^\S+\(.*: error/.test(line));
}

same("right queries", check("sample.ts"), []);
const wrong = check("sample_wrong.ts");
same("wrong queries", wrong.map((line) => line.split("(")[0]),
  ["sample_wrong.ts", "sample_wrong.ts", "sample_wrong.ts"]);
finish();
