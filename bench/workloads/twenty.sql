select '[' || string_agg(to_json(t)::text, ',') || ']' from (
  select id, name, cents, stock from item where stock > 20 and id >= :id
  order by id limit 20) t;
