select json_agg(t) from (
  select id, name, cents, stock from item where stock > 20 and id >= :id
  order by id limit 20) t;
