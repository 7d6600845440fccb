-- @get
-- @require session.customer_id else /login
-- @many items
select c.product_id, c.quantity, p.name, p.cents
from api.cart_items c join api.products p on p.id = c.product_id
order by p.name;
-- @value total
select coalesce(sum(c.quantity * p.cents), 0)::int
from api.cart_items c join api.products p on p.id = c.product_id;
-- @many orders
select o.id, o.status, to_char(o.placed, 'FMDD Mon YYYY') as placed,
       sum(i.quantity * i.cents)::int as cents
from api.orders o join api.order_items i on i.order_id = o.id
where o.customer_id = :session.customer_id::int
group by o.id order by o.id desc limit 10;

-- @post remove
-- @redirect /cart
-- @exec
delete from api.cart_items where product_id = :product_id!::int;

-- @post order
-- @redirect /cart
-- @flash ok "Order no. {number} is on its way."
-- @value number
select api.order_cart();
