-- @many products
select id, name, category, (cents / 100.0)::numeric(10, 2)::text as price, stock
from item where id >= :id::int order by id limit 50;
