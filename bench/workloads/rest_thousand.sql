select json_agg(t) from (
  select id, name, category, cents, stock from item where id >= :id
  order by id limit 1000) t;
