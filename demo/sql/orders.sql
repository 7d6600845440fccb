-- The orders of whoever asks, newest first: row security keeps all others out.

-- @get
-- @many orders
select o.id, o.status, o.placed, sum(i.quantity * i.cents) as cents,
       count(*) as items
from api.orders o
join api.order_items i on i.order_id = o.id
group by o.id
order by o.placed desc
limit least(coalesce(:limit::int, 20), 100);
