// The workloads as the peers' own statements: what their applications would
// hold. Each takes an id, or the body's member, and answers rows; `json` says
// that one value holds the whole answer, `single` that one row is, and `csv`
// that it is text with a header line.
export const statements = {
  one: {
    single: true,
    text: "select id, name from item where id = $1::int",
  },
  twenty: {
    text: `select id, name, cents, stock from item
           where stock > 20 and id >= $1::int order by id limit 20`,
  },
  thousand: {
    text: `select id, name, category, cents, stock from item
           where id >= $1::int order by id limit 1000`,
  },
  insert: {
    method: "post",
    single: true,
    values: ({ body }) => [body.note],
    text: "insert into sighting (note) values ($1) returning note",
  },
  update: {
    method: "post",
    single: true,
    values: ({ body }) => [body.id, body.hits],
    text: `update counter set hits = $2::int where id = $1::int
           returning id, hits`,
  },
  export: {
    values: () => [],
    text: "select id, customer, item, cents, note from ordering order by id",
  },
  export_csv: {
    csv: true,
    values: () => [],
    text: "select id, customer, item, cents, note from ordering order by id",
  },
  rest_key: { text: "select id, name from item where id = $1::int" },
  rest_page: {
    text: `select id, name, cents, stock from item
           where stock > 20 and id >= $1::int order by id limit 20`,
  },
  rest_thousand: {
    text: `select id, name, category, cents, stock from item
           where id >= $1::int order by id limit 1000`,
  },
  rest_nested: {
    json: true,
    text: `select coalesce(json_agg(t), '[]') as body from (
      select p.id, p.placed, c.customer, l.part from (
        select * from purchase where id >= $1::int order by id limit 20) p
      left join lateral (select json_build_object('id', id, 'name', name)
          as customer from customer where id = p.customer_id) c on true
      left join lateral (select coalesce(json_agg(json_build_object(
          'number', part.number, 'amount', part.amount, 'item',
          json_build_object('id', item.id, 'name', item.name,
            'cents', item.cents)) order by part.number), '[]') as part
        from part join item on item.id = part.item_id
        where part.purchase_id = p.id) l on true order by p.id) t`,
  },
  rest_insert: {
    method: "post",
    values: ({ body }) => [body.note],
    text: "insert into sighting (note) values ($1) returning note",
  },
  rest_update: {
    method: "patch",
    values: ({ query, body }) => [query.id, body.hits],
    text: `update counter set hits = $2::int where id = $1::int
           returning id, hits`,
  },
};

export const values_of = (statement, request) =>
  statement.values ? statement.values(request) : [request.query.id];

export const answer_of = (statement, rows) => {
  if (statement.json) return rows[0].body;
  return statement.single ? rows[0] : rows;
};

const cell = (value) =>
  /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

export const csv_of = (rows) =>
  [Object.keys(rows[0]), ...rows.map(Object.values)]
    .map((row) => `${row.map(String).map(cell).join(",")}\n`)
    .join("");
