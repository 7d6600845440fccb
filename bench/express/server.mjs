// The two workloads as an Express application with node-postgres.
import express from "express";
import pg from "pg";

const pool = new pg.Pool({ user: "web", database: "postgres", max: 8 });
const app = express();

app.get("/one", async (request, response, next) => {
  try {
    const { rows } = await pool.query({
      name: "one",
      text: "select id, name from item where id = $1",
      values: [request.query.id],
    });
    if (rows.length === 0) response.status(404).json({});
    else response.json(rows[0]);
  } catch (error) {
    next(error);
  }
});

app.get("/thousand", async (request, response, next) => {
  try {
    const { rows } = await pool.query({
      name: "thousand",
      text: `select id, name, category, cents, stock from item
             where id >= $1 order by id limit 1000`,
      values: [request.query.id],
    });
    response.json(rows);
  } catch (error) {
    next(error);
  }
});

app.listen(Number(process.env.PORT), "127.0.0.1");
