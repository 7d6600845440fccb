// A schema whose columns change their types, and what its rows look like then.
#pragma once

#include <string>
#include <vector>

namespace trestle::testing {

// Fifty items, "name-1" and so on, two functions that answer them, and a table
// of memos to write; their status is "new".
constexpr int kItems = 50;
constexpr const char* kItemSchema = R"(
create schema api;
grant usage on schema api to web_anon;
alter default privileges in schema api
  grant all on tables to web_anon;
create type api.place as (x int, y int);
create table api.item (
  id int primary key, name text, price int, status text, spot api.place);
insert into api.item
  select i, 'name-' || i, i * 10, 'new', row (i, -i)::api.place
  from generate_series(1, 50) i;
create function api.named(id int) returns setof api.item language sql stable as
  $$ select * from api.item where item.id = named.id $$;
create function api.listed(id int) returns setof api.item
  language plpgsql stable as $$ begin return query
  select * from api.item where item.id = listed.id; end $$;
create type api.mood as enum ('new', 'old');
create type api.label as (name text);
create table api.memo (
  id bigint primary key, name text, status text default 'new');
)";

// A column of text becomes one of another type, and text again. Whose text form
// says too little for JSON comes as an object or an array.
[[nodiscard]] std::vector<std::string> status_changes(const std::string& table);

// Columns of items come, go, are renamed and change their types; the table and
// the functions are made anew. Afterwards all is as it was before.
[[nodiscard]] std::vector<std::string> item_changes();

// "new" in each of those types; without spaces.
[[nodiscard]] bool has_status(const std::string& json);

}  // namespace trestle::testing
