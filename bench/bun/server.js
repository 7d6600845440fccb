// The pages as a Bun server with Bun's own PostgreSQL client, by hand.
import {SQL} from 'bun';
import {answer_of, csv_of, statements, values_of} from './statements.mjs';

const sql = new SQL({
  path: `${process.env.PGHOST}/.s.PGSQL.5432`,
  username: 'web',
  database: 'postgres',
  max: 8,
});

const escape = (text) => Bun.escapeHTML(text);
const html = (body) =>
  new Response(body, {headers: {'Content-Type': 'text/html; charset=utf-8'}});

const fortunes = (rows) =>
  html(`<!doctype html>
<html><head><title>Fortunes</title></head><body><table>
<tr><th>id</th><th>message</th></tr>
${rows
  .map(
    (row) =>
      `<tr><td>${row.id}</td><td>${escape(row.message)}</td></tr>\n`,
  )
  .join('')}</table></body></html>
`);

const shop = (rows) =>
  html(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Shop</title>
<link rel="stylesheet" href="/shop.css">
</head>
<body>
<nav><a href="/">All</a> <a href="/cart">Cart</a></nav>
<main>
<h1>${rows.length} products</h1>
<ul>
${rows
  .map(
    (p) => `<li class="${p.stock ? 'there' : 'gone'}">
<a href="/products/${p.id}">${escape(p.name)}</a>
<small>${escape(p.category)}</small> <b>${escape(p.price)}</b> ${p.stock} left
</li>\n`,
  )
  .join('')}</ul>
</main>
<footer>Prices include taxes.</footer>
</body>
</html>
`);

async function rest(url, request) {
  const statement = statements[url.pathname.slice(1)];
  if (statement === undefined) return new Response('', {status: 404});
  const values = values_of(statement, {
    query: Object.fromEntries(url.searchParams),
    body: statement.method ? await request.json() : undefined,
  });
  const rows = await sql.unsafe(statement.text, values);
  if (statement.csv)
    return new Response(csv_of(rows), {headers: {'Content-Type': 'text/csv'}});
  return Response.json(answer_of(statement, rows));
}

Bun.serve({
  port: Number(process.env.PORT),
  hostname: '127.0.0.1',
  async fetch(request) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case '/fortunes':
        return fortunes(
          await sql`select id, message from fortune where id <= 12
                    order by message`,
        );
      case '/fortunes1000':
        return fortunes(
          await sql`select id, message from fortune order by message`,
        );
      case '/shop50':
        return shop(
          await sql`select id, name, category,
                      (cents / 100.0)::numeric(10, 2)::text as price, stock
                    from item where id >= ${url.searchParams.get('id')}::int
                    order by id limit 50`,
        );
      default:
        return rest(url, request);
    }
  },
});
