// Validation against graphql-js, the reference implementation: random documents
// over tests/graphql/schema.graphql, half of them damaged, must be accepted and
// refused alike.
//
//   node differential.mjs JUDGE [--n 4000] [--seed 1]
//
// JUDGE is the program of judge.cc. GQL_MODULES names the folder whose
// node_modules holds graphql (npm install graphql).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const here = path.dirname(new URL(import.meta.url).pathname);
const require = createRequire(path.resolve(process.env.GQL_MODULES ?? here, 'x.js'));
const g = require('graphql');
const options = { n: 4000, seed: 1 };
for (let i = 3; i < process.argv.length; i += 2)
  options[process.argv[i].slice(2)] = Number(process.argv[i + 1]);

// A small generator with a seed (mulberry32), so that a finding can be repeated.
let state = options.seed >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const chance = (p) => random() < p;
const pick = (list) => list[Math.floor(random() * list.length)];

const sdlFile = path.join(here, 'schema.graphql');
const schema = g.buildSchema(fs.readFileSync(sdlFile, 'utf8'));

// --- literals and selections -------------------------------------------------------

const scalars = {
  Int: ['0', '-7', '42', '2147483647'], Float: ['1', '2.5', '-1e3'],
  String: ['"a"', '"""b"""', '"\\u00e9"'], Boolean: ['true', 'false'],
  ID: ['"i"', '7'], json: ['{a: [1, "x"]}', '5', 'null', 'WORD'],
};
function literal(type, depth = 0) {
  if (g.isNonNullType(type)) {
    const text = literal(type.ofType, depth);
    return text === 'null' ? literal(type, depth) : text;
  }
  if (chance(0.05)) return 'null';
  if (g.isListType(type))
    return chance(0.2) ? literal(type.ofType, depth) : `[${literal(type.ofType, depth)}]`;
  if (g.isEnumType(type)) return pick(type.getValues()).name;
  if (g.isScalarType(type)) return pick(scalars[type.name]);
  const members = Object.values(type.getFields()).filter(
    (f) => g.isRequiredInputField(f) || (depth < 2 && chance(0.3)));
  return `{${members.map((f) => `${f.name}: ${literal(f.type, depth + 1)}`).join(', ')}}`;
}

class Generator {
  constructor(root) {
    this.variables = [];
    this.fragments = [];
    this.count = 0;
    this.root = root;
  }
  argument(a) {
    if (!chance(0.3)) return literal(a.type);
    const name = `v${this.variables.length}`;
    const loose = chance(0.3) && (a.defaultValue !== undefined || g.isNullableType(a.type));
    const type = loose ? g.getNullableType(a.type) : a.type;
    const value = g.isNullableType(type) && chance(0.3) ? ` = ${literal(type)}` : '';
    this.variables.push(`$${name}: ${type}${value}`);
    return `$${name}`;
  }
  args(list) {
    const given = list.filter((a) => g.isRequiredArgument(a) || chance(0.4));
    return given.length ? `(${given.map((a) => `${a.name}: ${this.argument(a)}`).join(', ')})` : '';
  }
  directives() {
    if (chance(0.9)) return '';
    return pick([' @include(if: true)', ' @skip(if: false)', ' @onField(list: 3)', ' @repeat(n: 1) @repeat(n: 2)', ' @everywhere']);
  }
  field(type, depth) {
    const all = g.isUnionType(type) ? [] : Object.values(type.getFields());
    const usable = all.filter((f) => depth > 0 || g.isLeafType(g.getNamedType(f.type)));
    if (!usable.length || chance(0.1)) return chance(0.5) ? '__typename' : `t${this.count++}: __typename`;
    const f = pick(usable);
    const args = this.args(f.args);
    const named = g.getNamedType(f.type);
    const below = g.isLeafType(named) ? '' : ' ' + this.set(named, depth - 1);
    const alias = chance(args || below ? 0.7 : 0.2) ? `${pick(['a', 'b', 'c'])}${chance(0.8) ? this.count++ : ''}: ` : '';
    return `${alias}${f.name}${args}${this.directives()}${below}`;
  }
  condition(type) {
    if (g.isObjectType(type)) return pick([type, ...type.getInterfaces()]).name;
    return pick(chance(0.5) ? schema.getPossibleTypes(type) : [type]).name;
  }
  set(type, depth) {
    const parts = [];
    for (let i = 0; i < 1 + Math.floor(random() * 3); i++) {
      if (chance(0.12)) {
        const on = this.condition(type);
        parts.push(`...${chance(0.7) ? ` on ${on}` : ''} ${this.set(chance(0.7) ? schema.getType(on) : type, depth - 1)}`);
      } else if (chance(0.1) && depth > 0) {
        const name = `F${this.fragments.length}`;
        const on = this.condition(type);
        const slot = this.fragments.push('') - 1;
        this.fragments[slot] = `fragment ${name} on ${on} ${this.set(schema.getType(on), depth - 1)}`;
        parts.push(`...${name}`);
      } else {
        parts.push(this.field(type, depth));
      }
    }
    return `{ ${parts.join(' ')} }`;
  }
}

function document() {
  const [word, root] = pick([['query', schema.getQueryType()], ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()], ['subscription', schema.getSubscriptionType()]]);
  const generator = new Generator(root);
  const set = generator.set(root, 3);
  const variables = generator.variables.length ? `(${generator.variables.join(', ')})` : '';
  const operation = word === 'query' && !variables && chance(0.3) ? set : `${word} ${chance(0.5) ? 'Q' : ''}${variables} ${set}`;
  return [operation, ...generator.fragments].join('\n');
}

// --- damage ------------------------------------------------------------------------

const words = ['Query', 'User', 'Pet', 'Node', 'Named', 'Dog', 'id', 'name', 'age', 'F0', 'F1', 'first', 'filter', '$v0', '$v1',
  '{', '}', '(', ')', '[', ']', ':', '!', '=', '...', '... on Dog', '@skip(if: true)', '@include', '@nope', 'null', 'true', 'RED',
  '1', '1.5', '"s"', '"""s"""', 'query', 'fragment F0 on User { id }', '{ id }', '__typename', '__schema { types { name } }',
  '__type(name: "User") { fields { type { fields { type { fields { name } } } } } }', '&', '|', '"', '\\', '#', ',', '01', '1x', '2147483648'];
const split = (text) => text.match(/"""[^]*?"""|"(?:\\.|[^"\\])*"|\.\.\.|[A-Za-z_]\w*|-?\d[\w.]*|\S/g) ?? [];

function damage(text) {
  const tokens = split(text);
  for (let n = 1 + Math.floor(random() * 2); n > 0; n--) {
    const i = Math.floor(random() * tokens.length);
    const names = tokens.filter((t) => /^\w/.test(t));
    switch (Math.floor(random() * 6)) {
      case 0: tokens.splice(i, 1); break;
      case 1: tokens.splice(i, 0, pick(words)); break;
      case 2: tokens[i] = pick(words); break;
      case 3: tokens.splice(i, 0, tokens[i]); break;
      case 4: { const j = Math.floor(random() * tokens.length); [tokens[i], tokens[j]] = [tokens[j], tokens[i]]; break; }
      default: { const at = tokens.findIndex((t, k) => k >= i && /^\w/.test(t)); if (at >= 0 && names.length) tokens[at] = pick(names); }
    }
  }
  return tokens.join(' ').replace(/\$ /g, '$').replace(/@ /g, '@');
}

function verdict(text) {
  try {
    const errors = g.validate(schema, g.parse(text));
    return errors.length ? errors[0].message : 'ok';
  } catch (error) {
    return error.message;
  }
}

const documents = [];
for (let i = 0; i < options.n; i++) documents.push(i % 2 ? damage(document()) : document());
const run = spawnSync(process.argv[2], [sdlFile], {
  input: documents.map((d) => JSON.stringify(d) + '\n').join(''), encoding: 'utf8', maxBuffer: 1 << 28 });
const answers = run.stdout.split('\n');
const counts = { accepted: 0, refused: 0, disagreements: 0 };
documents.forEach((text, i) => {
  const want = verdict(text);
  counts[want === 'ok' ? 'accepted' : 'refused']++;
  if ((want === 'ok') === (answers[i] === 'ok')) return;
  if (counts.disagreements++ < 10)
    console.log(`graphql-js: ${want}\nours:       ${answers[i]}\n${text}\n`);
});
console.log(`${documents.length} documents, ${counts.accepted} accepted, ${counts.refused} refused, ${counts.disagreements} disagreements`);
process.exit(counts.disagreements || run.status ? 1 : 0);
