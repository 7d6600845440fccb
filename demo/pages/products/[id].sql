-- @get
-- @one product
select id, sku, name, category, cents, stock, attributes
from api.products where id = :id::int;
-- @many reviews
select r.id, api.review_author(r) as author, r.stars, r.body,
       to_char(r.written, 'FMDD FMMonth YYYY') as written
from api.reviews r where r.product_id = :id::int
order by r.written desc, r.id desc limit 50;

-- @post review
-- @require session.customer_id else /login
-- @field stars int required min=1 max=5
-- @field body text required max=2000 message="Between one and 2000 characters, please"
-- @redirect /products/{id}#reviews
-- @flash ok "Thank you for your review."
-- @exec
insert into api.reviews (product_id, customer_id, stars, body)
values (:id::int, :session.customer_id::int, :stars::int, :body);

-- @post cart
-- @require session.customer_id else /login
-- @field quantity int required
-- @redirect /cart
-- @flash ok "It is in your cart."
-- @exec
insert into api.cart_items as c (product_id, quantity)
values (:id::int, :quantity::int)
on conflict (customer_id, product_id)
do update set quantity = c.quantity + excluded.quantity;
