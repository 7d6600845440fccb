// The workloads as an Express application with node-postgres and nunjucks.
import express from "express";
import nunjucks from "nunjucks";
import pg from "pg";
import { answer_of, csv_of, statements, values_of } from "./statements.mjs";

const pool = new pg.Pool({ user: "web", database: "postgres", max: 8 });
const app = express();

nunjucks.configure(process.env.PAGES, { autoescape: true, express: app });

function page(name, text) {
  app.get(`/${name}`, async (request, response, next) => {
    try {
      const values = text.includes("$1") ? [request.query.id] : [];
      const { rows } = await pool.query({ name, text, values });
      response.render(`${name}.html`, { fortunes: rows, products: rows });
    } catch (error) {
      next(error);
    }
  });
}

page(
  "fortunes",
  "select id, message from fortune where id <= 12 order by message",
);
page("fortunes1000", "select id, message from fortune order by message");
page(
  "shop50",
  `select id, name, category,
          (cents / 100.0)::numeric(10, 2)::text as price, stock
   from item where id >= $1::int order by id limit 50`,
);

app.use(express.json());

for (const [name, statement] of Object.entries(statements))
  app[statement.method ?? "get"](`/${name}`, async (request, response, next) => {
    try {
      const values = values_of(statement, request);
      const { rows } = await pool.query({ name, text: statement.text, values });
      if (statement.csv) response.type("text/csv").send(csv_of(rows));
      else response.json(answer_of(statement, rows));
    } catch (error) {
      next(error);
    }
  });

app.listen(Number(process.env.PORT), "127.0.0.1");
