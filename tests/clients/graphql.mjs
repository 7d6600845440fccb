// Apollo Client, urql and graphql-request as npm has them, and types made by
// graphql-codegen, against trestle_graphql at TRESTLE_URL. A fact a line; the
// first that does not hold ends the script.
import assert from 'node:assert/strict';
import { ApolloClient, InMemoryCache, gql } from '@apollo/client/core/index.js';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries/index.js';
import { HttpLink } from '@apollo/client/link/http/index.js';
import { BatchHttpLink } from '@apollo/client/link/batch-http/index.js';
import { sha256 } from './sha256.mjs';
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { GraphQLClient } from 'graphql-request';
import { buildClientSchema, getIntrospectionQuery, parse, printSchema,
  validateSchema } from 'graphql';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';

const uri = `${process.env.TRESTLE_URL}/graphql`;
const headers = { Authorization: `Bearer ${process.env.TRESTLE_TOKEN}` };
const list = `query Products($min: Int!) {
  products(where: {cents: {_gte: $min}}, order_by: {id: asc}) {
    id name reviews { stars }
  }
}`;
const insert = `mutation Add($o: reviews_insert_input!) {
  insert_reviews_one(object: $o) { id product { name } }
}`;
const expected = [
  { id: 1, name: 'Kettle', reviews: [{ stars: 5 }] },
  { id: 3, name: 'Tent', reviews: [] },
];
const plain = (value) => JSON.parse(JSON.stringify(value, (key, v) =>
  key === '__typename' ? undefined : v));
const review = (id) => ({ id, product_id: 3, stars: id % 5 });

// --- Apollo Client: normalised cache, mutations, errors, persisted queries, batches

const apollo = (link) => new ApolloClient({ cache: new InMemoryCache(), link });
const client = apollo(new HttpLink({ uri, headers, fetch }));
const variables = { min: 1000 };
let answer = await client.query({ query: gql(list), variables });
assert.deepEqual(plain(answer.data.products), expected);
assert.equal(answer.data.products[0].__typename, 'products');
answer = await client.mutate({ mutation: gql(insert), variables: { o: review(11) } });
assert.deepEqual(plain(answer.data.insert_reviews_one),
  { id: 11, product: { name: 'Tent' } });
await assert.rejects(client.query({ query: gql`{ nothing { id } }` }),
  (e) => e.graphQLErrors[0].extensions.code === 'validation-failed');
await assert.rejects(
  client.mutate({ mutation: gql(insert), variables: { o: review(11) } }),
  (e) => e.graphQLErrors[0].extensions.code === 'constraint-violation');

const persisted = apollo(createPersistedQueryLink({ sha256 })
  .concat(new HttpLink({ uri, headers, fetch })));
for (let i = 0; i < 2; i++) {
  answer = await persisted.query({ query: gql(list), variables,
    fetchPolicy: 'network-only' });
  assert.deepEqual(plain(answer.data.products).slice(0, 1), expected.slice(0, 1));
}

const batched = apollo(new BatchHttpLink({ uri, headers, fetch, batchInterval: 5 }));
const both = await Promise.all([1, 3].map((id) => batched.query({
  query: gql`query ($id: Int!) { products_by_pk(id: $id) { name } }`,
  variables: { id } })));
assert.deepEqual(both.map((one) => one.data.products_by_pk.name), ['Kettle', 'Tent']);

// --- urql

const urql = new Client({ url: uri, exchanges: [cacheExchange, fetchExchange],
  fetchOptions: { headers } });
let result = await urql.query(list, { min: 10000 }).toPromise();
assert.equal(result.error, undefined);
assert.equal(result.data.products[0].name, 'Tent');
result = await urql.mutation(insert, { o: review(12) }).toPromise();
assert.equal(result.data.insert_reviews_one.id, 12);
result = await urql.query('{ nothing }', {}).toPromise();
assert.equal(result.error.graphQLErrors.length, 1);

// --- graphql-request

const request = new GraphQLClient(uri, { headers });
assert.equal((await request.request(list, { min: 10000 })).products.length, 1);
assert.equal((await request.request(insert, { o: review(13) })).insert_reviews_one.id, 13);
await assert.rejects(request.request('{ nothing }'),
  (e) => e.response.errors[0].extensions.code === 'validation-failed');

// --- types by graphql-codegen

const introspection = await request.request(getIntrospectionQuery());
const schema = buildClientSchema(introspection);
assert.deepEqual(validateSchema(schema), []);
const types = await codegen({
  documents: [{ location: 'list.graphql', document: parse(list) },
    { location: 'insert.graphql', document: parse(insert) }],
  config: {},
  filename: 'types.ts',
  schema: parse(printSchema(schema)),
  plugins: [{ typescript: {} }, { 'typescript-operations': {} }],
  pluginMap: { typescript, 'typescript-operations': operations },
});
for (const name of ['ProductsQuery', 'ProductsQueryVariables', 'AddMutation'])
  assert.match(types, new RegExp(`export type ${name} =`));
assert.match(types, /name: string/);

console.log('all clients agree');
