// @supabase/postgrest-js, unmodified, against the shop: node postgrest.mjs URL
// TOKEN. The token is a customer's, Ann.
import { PostgrestClient } from "@supabase/postgrest-js";
import { finish, same } from "./check.mjs";

const [url, token] = process.argv.slice(2);
const anyone = new PostgrestClient(url);
const ann = new PostgrestClient(url, {
  headers: { Authorization: `Bearer ${token}` },
});

async function read(name, query, expected) {
  const { data, error } = await query;
  same(name, error ?? data, expected);
}

const products = () => anyone.from("product").select("id").order("id");
await read("eq", products().eq("id", 2), [{ id: 2 }]);
await read("in", products().in("name", ["Kettle", 'a "b" (c)']), [
  { id: 1 }, { id: 3 }]);
await read("like", products().ilike("name", "%TRO%"), [{ id: 2 }]);
await read("or", products().or("id.eq.1,cents.gt.3000"), [
  { id: 1 }, { id: 3 }]);
await read("json path", products().eq("attrs->>color", "red"), [{ id: 1 }]);
await read("contains", products().contains("tags", ["new"]), [{ id: 1 }]);
await read("range", products().range(1, 2), [{ id: 2 }, { id: 3 }]);
await read("text search", products().textSearch("name", "kettle"), [{ id: 1 }]);
await read(
  "embeds",
  ann.from("orders").select("id,customer(name),item(amount,product(name))")
    .order("id").order("amount", { referencedTable: "item" }),
  [{ id: 1, customer: { name: "Ann" },
     item: [{ amount: 1, product: { name: "Trowel" } },
            { amount: 2, product: { name: "Kettle" } }] }]);
await read("single", anyone.from("product").select("name").eq("id", 1).single(),
  { name: "Kettle" });
await read("maybeSingle",
  anyone.from("product").select("name").eq("id", 99).maybeSingle(), null);
await read("csv", anyone.from("product").select("id,name").eq("id", 2).csv(),
  "id,name\n2,Trowel");
await read("rpc", anyone.rpc("add", { a: 2, b: 3 }), 5);
await read("rpc by GET", anyone.rpc("add", { a: 2, b: 3 }, { get: true }), 5);
await read("rpc of rows", anyone.rpc("cheap", { most: 3000 }).select("id")
  .order("id"), [{ id: 1 }, { id: 2 }]);

const counted = await anyone.from("product").select("id", { count: "exact" })
  .range(0, 0);
same("count", [counted.status, counted.count], [206, 3]);
const head = await anyone.from("product")
  .select("*", { count: "exact", head: true });
same("head", [head.status, head.count, head.data], [200, 3, null]);
const none = await anyone.from("nothing").select();
same("unknown table", [none.status, none.error.code], [404, "PGRST205"]);
const two = await anyone.from("product").select().single();
same("not single", [two.status, two.error.code], [406, "PGRST116"]);
const past = await anyone.from("product").select("id", { count: "exact" })
  .range(50, 60);
same("past the end", [past.status, past.error.code], [416, "PGRST103"]);

// Writing: anonymous visitors may not, Ann may for herself.
const denied = await anyone.from("review").insert({ product: 1, body: "x" });
same("anonymous insert", [denied.status, denied.error.code], [401, "42501"]);
await read("insert",
  ann.from("review").insert({ product: 1, body: "Good" })
    .select("author,product(name)").single(),
  { author: "ann", product: { name: "Kettle" } });
const minimal = await ann.from("review").insert({ product: 2, body: "Bad" });
same("insert, minimal", [minimal.status, minimal.data], [201, null]);
await read("bulk insert",
  ann.from("review").insert([{ product: 3, body: "a" }, { product: 3, body: "b" }])
    .select("body"), [{ body: "a" }, { body: "b" }]);
await read("update", ann.from("review").update({ body: "Fine" })
  .eq("product", 2).select("body"), [{ body: "Fine" }]);
await read("upsert", ann.from("review").upsert({ id: 1, product: 1, body: "New" })
  .select("id,body"), [{ id: 1, body: "New" }]);
const limited = await ann.from("review").update({ body: "all" })
  .gt("id", 0).maxAffected(1);
same("max-affected", limited.error.code, "PGRST124");
await read("others' rows stay", ann.from("review").delete()
  .eq("author", "ben").select("id"), []);
await read("delete", ann.from("review").delete().eq("product", 3).select("id")
  .order("id"), [{ id: 3 }, { id: 4 }].map(({ id }) => ({ id })));
const explained = await anyone.from("product").select("id").explain();
same("plan is not enabled", explained.error.code, "PGRST107");
finish();
