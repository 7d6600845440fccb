-- What the pages under /shop/ need beside the shop itself: a cart.

create table api.cart_items (
  customer_id  int not null references api.customers on delete cascade
                 default api.current_customer(),
  product_id   int not null references api.products on delete cascade,
  quantity     int not null,
  primary key (customer_id, product_id),
  constraint cart_items_quantity_check check (quantity between 1 and 99)
);
comment on constraint cart_items_quantity_check on api.cart_items is
  'From one to ninety-nine';
comment on constraint reviews_product_id_customer_id_key on api.reviews is
  'You have written about this product already';

grant select, insert, update, delete on api.cart_items to customer, staff;
alter table api.cart_items enable row level security;
create policy own on api.cart_items
  using (customer_id = api.current_customer())
  with check (customer_id = api.current_customer());

-- Names stand below reviews; addresses stay private.
create function api.review_author(review api.reviews) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
return (select split_part(c.name, ' ', 1) || ' from ' || c.city
        from api.customers c where c.id = review.customer_id);

-- Orders what is in the cart. What is out of stock fails the check of the
-- stock, and nothing is ordered.
create function api.order_cart() returns int
language plpgsql set search_path = api, pg_catalog, pg_temp
as $$
declare
  placed int;
begin
  if not exists (select from cart_items) then
    raise sqlstate 'PT422' using message = 'The cart is empty';
  end if;
  insert into orders (customer_id) values (current_customer())
  returning id into placed;
  insert into order_items (order_id, product_id, quantity, cents)
  select placed, c.product_id, c.quantity, p.cents
  from cart_items c join products p on p.id = c.product_id;
  delete from cart_items;
  return placed;
end
$$;

-- Somebody to log in as: everybody's password is "secret".
create function api.example_login(role text default 'customer') returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
return (select c.email from private.logins l
        join api.customers c on c.id = l.customer_id
        where l.role = example_login.role order by c.id limit 1);
