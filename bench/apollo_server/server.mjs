// The bench's schema as its author would write it by hand: resolvers with
// parameters, a DataLoader for each level below the root.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import pg from 'pg';

const pool = new pg.Pool({ host: process.env.PGHOST, user: 'web',
  database: 'postgres', max: 8 });
const rows = async (text, values) => (await pool.query(text, values)).rows;

const typeDefs = `#graphql
  type Item { id: Int! name: String! cents: Int! stock: Int! }
  type Customer { id: Int! name: String! purchases: [Purchase!]! }
  type Purchase { id: Int! lines: [Line!]! }
  type Line { what: String! cents: Int! }
  type Event { id: Int! note: String! }
  type Query {
    item(id: Int!): Item
    items(category: String!, after: Int!, first: Int!): [Item!]!
    itemCount(category: String!, after: Int!): Int!
    customers(from: Int!, first: Int!): [Customer!]!
  }
  type Mutation { addEvent(note: String!, item: Int!): Event! }`;

// The rows of all keys in one statement, handed out by key.
const loader = (text, key) => new DataLoader(async (ids) => {
  const byKey = new Map(ids.map((id) => [id, []]));
  for (const row of await rows(text, [ids])) byKey.get(row[key]).push(row);
  return ids.map((id) => byKey.get(id));
});

const resolvers = {
  Query: {
    item: async (_, { id }) => (await rows(
      'select id, name, cents, stock from item where id = $1', [id]))[0],
    items: (_, { category, after, first }) => rows(
      'select id, name, cents, stock from item where category = $1 and id > $2 '
      + 'order by id limit $3', [category, after, first]),
    itemCount: async (_, { category, after }) => (await rows(
      'select count(*)::int as n from item where category = $1 and id > $2',
      [category, after]))[0].n,
    customers: (_, { from, first }) => rows(
      'select id, name from customer where id >= $1 order by id limit $2',
      [from, first]),
  },
  Customer: { purchases: ({ id }, _, { purchases }) => purchases.load(id) },
  Purchase: { lines: ({ id }, _, { lines }) => lines.load(id) },
  Mutation: {
    addEvent: async (_, { note, item }) => (await rows(
      'insert into event (note, item) values ($1, $2) returning id, note', [note, item]))[0],
  },
};

await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { port: Number(process.env.PORT), host: '127.0.0.1' },
  context: async () => ({
    purchases: loader('select id, customer_id from purchase '
      + 'where customer_id = any($1) order by id', 'customer_id'),
    lines: loader('select purchase_id, what, cents from line '
      + 'where purchase_id = any($1) order by number', 'purchase_id'),
  }),
});
