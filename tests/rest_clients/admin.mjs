// @raphiniert/ra-data-postgrest, react-admin's data provider, unmodified:
// node admin.mjs URL TOKEN.
import { createRequire } from "node:module";
import { finish, same } from "./check.mjs";

const { default: postgrest, defaultSchema } = createRequire(import.meta.url)(
  "@raphiniert/ra-data-postgrest");
const [url, token] = process.argv.slice(2);

// ra-core's fetchJson, without a browser.
async function httpClient(address, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${token}`);
  if (options.body) headers.set("Content-Type", "application/json");
  const response = await fetch(address, { ...options, headers });
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${body}`);
  return { status: response.status, headers: response.headers, body,
           json: body ? JSON.parse(body) : undefined };
}

const provider = postgrest({
  apiUrl: url,
  httpClient,
  defaultListOp: "eq",
  primaryKeys: new Map(),
  schema: defaultSchema,
});
const page = { pagination: { page: 1, perPage: 2 },
               sort: { field: "id", order: "ASC" }, filter: {} };
const ids = ({ data }) => data.map(({ id }) => id);

const first = await provider.getList("product", { ...page });
same("getList", [ids(first), first.total], [[1, 2], 3]);
const second = await provider.getList("product",
  { ...page, pagination: { page: 2, perPage: 2 } });
same("second page", [ids(second), second.total], [[3], 3]);
const filtered = await provider.getList("product",
  { ...page, filter: { "name@ilike": "kettle" } });
same("filter", ids(filtered), [1]);
const backwards = await provider.getList("product",
  { ...page, sort: { field: "cents", order: "DESC" } });
same("sort", ids(backwards), [3, 1]);
same("getOne", (await provider.getOne("product", { id: 2 })).data.name,
  "Trowel");
same("getMany", ids(await provider.getMany("product", { ids: [1, 3] })),
  [1, 3]);
const items = await provider.getManyReference("item",
  { ...page, target: "orders_id", id: 1 });
same("getManyReference", items.total, 2);

const created = await provider.create("review",
  { data: { product: 1, body: "Solid" } });
same("create", [created.data.author, created.data.body], ["ann", "Solid"]);
const { id } = created.data;
const updated = await provider.update("review",
  { id, data: { body: "Very solid" }, previousData: created.data });
same("update", updated.data.body, "Very solid");
same("updateMany",
  (await provider.updateMany("review", { ids: [id], data: { body: "x" } })).data,
  [id]);
same("delete",
  (await provider.delete("review", { id, previousData: updated.data })).data.id,
  id);
const more = await provider.create("review", { data: { product: 2, body: "y" } });
same("deleteMany",
  (await provider.deleteMany("review", { ids: [more.data.id] })).data,
  [more.data.id]);
finish();
