-- @get
-- @require session.customer_id else /login
-- What static/orders.js then follows, over GraphQL.
-- @many orders
select o.id, o.status, c.name as customer, sum(i.quantity)::int as things,
       sum(i.quantity * i.cents)::int as cents
from (select * from api.orders order by id desc limit 12) o
left join api.customers c on c.id = o.customer_id
left join api.order_items i on i.order_id = o.id
group by o.id, o.status, c.name
order by o.id desc;
-- @many statuses
select unnest(enum_range(null::api.order_status))::text as name;
