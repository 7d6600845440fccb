select '[' || string_agg(to_json(t)::text, ',') || ']' from (
  select id, name, category, cents, stock from item where id >= :id
  order by id limit 1000) t;
