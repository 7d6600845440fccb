// Queries whose types are known from the Database type alone.
import { PostgrestClient } from "@supabase/postgrest-js";
import type { Database } from "./database.js";

const db = new PostgrestClient<Database, object, "api">("http://localhost", {
  schema: "api",
});

export async function run(): Promise<void> {
  const { data: products } = await db.from("product").select("id,name,attrs");
  const names: string[] = (products ?? []).map((p) => p.name);
  const { data: orders } = await db.from("orders")
    .select("id,status,customer(name),item(amount,product(name))");
  for (const order of orders ?? []) {
    const status: "new" | "sent" = order.status;
    const customer: string = order.customer.name;
    const amounts: number[] = order.item.map((i) => i.amount);
    names.push(status, customer, String(amounts));
  }
  await db.from("review").insert({ product: 1, body: "x" });
  await db.from("review").update({ body: "y" }).eq("id", 1);
  const { data: sum } = await db.rpc("add", { a: 1, b: 2 });
  const total: number = sum ?? 0;
  const { data: cheap } = await db.rpc("cheap", { most: 1 }).select("name");
  names.push(String(total), ...(cheap ?? []).map((p) => p.name));
  const { data: view } = await db.from("bestseller").select("name");
  names.push(...(view ?? []).map((p) => p.name ?? ""));
}
