// The REST workloads as a Fastify application with node-postgres.
import Fastify from "fastify";
import pg from "pg";
import { answer_of, csv_of, statements, values_of } from "./statements.mjs";

const pool = new pg.Pool({ user: "web", database: "postgres", max: 8 });
const app = Fastify();

for (const [name, statement] of Object.entries(statements))
  app[statement.method ?? "get"](`/${name}`, async (request, reply) => {
    const values = values_of(statement, request);
    const { rows } = await pool.query({ name, text: statement.text, values });
    if (!statement.csv) return answer_of(statement, rows);
    reply.type("text/csv");
    return csv_of(rows);
  });

await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
