select '[' || string_agg(to_json(t)::text, ',') || ']' from (
  select id, customer, item, cents, note from ordering order by id) t;
