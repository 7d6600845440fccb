// Three mistakes that the Database type finds.
import { PostgrestClient } from "@supabase/postgrest-js";
import type { Database } from "./database.js";

const db = new PostgrestClient<Database, object, "api">("http://localhost", {
  schema: "api",
});

export async function run(): Promise<void> {
  await db.from("no_such_table").select();
  await db.from("review").insert({ product: "one", body: "x" });
  const { data } = await db.from("product").select("name");
  const cents: number = (data ?? [])[0].name;
  console.log(cents);
}
