// Both descriptions of the API pass @seriousme/openapi-schema-validator, and
// openapi-typescript makes types of the newer: node openapi.mjs URL TOKEN.
import { Validator } from "@seriousme/openapi-schema-validator";
import openapiTS, { astToString } from "openapi-typescript";
import { finish, same } from "./check.mjs";

const [url, token] = process.argv.slice(2);

async function describe(accept, authorization) {
  const headers = { Accept: accept };
  if (authorization) headers.Authorization = `Bearer ${authorization}`;
  return (await fetch(`${url}/`, { headers })).json();
}

for (const who of [undefined, token]) {
  const old = await describe("application/openapi+json", who);
  const one = await new Validator().validate(structuredClone(old));
  same("2.0 is valid", [one.valid, one.errors ?? null, old.swagger],
    [true, null, "2.0"]);
  const now = await describe("application/openapi+json;version=3.1", who);
  const two = await new Validator().validate(structuredClone(now));
  same("3.1 is valid", [two.valid, two.errors ?? null,
    now.openapi.slice(0, 3)], [true, null, "3.1"]);
  const types = astToString(await openapiTS(now));
  same("types of it", [types.includes("/product"), types.includes("/rpc/add")],
    [true, true]);
}
finish();
