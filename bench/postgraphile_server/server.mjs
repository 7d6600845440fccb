// PostGraphile over the same tables, a pool of 8.
import { createServer } from 'node:http';
import pg from 'pg';
import { postgraphile } from 'postgraphile';
import filter from 'postgraphile-plugin-connection-filter';

const pool = new pg.Pool({ host: process.env.PGHOST, user: 'web',
  database: 'postgres', max: 8 });
createServer(postgraphile(pool, 'public', {
  simpleCollections: 'both',
  appendPlugins: [filter],
  disableQueryLog: true,
  ignoreRBAC: true,
})).listen(Number(process.env.PORT), '127.0.0.1');
