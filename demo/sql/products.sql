-- All products: /products?category=garden&search=steel&below=5000

-- @get
-- @many products
select id, sku, name, category, cents, stock, tags
from api.products
where (:category::text is null or category = :category)
  and (:search::text is null or name ilike '%' || :search || '%')
  and (:below::int is null or cents < :below)
order by cents, id
limit least(coalesce(:limit::int, 20), 100)
offset coalesce(:offset::int, 0);

-- @post
-- @status 201
-- @header Location /products/{product.id}
-- @one product
insert into api.products (sku, name, category, cents, stock, tags, attributes)
values (
  coalesce(:sku::text, 'NEW-' || left(md5(clock_timestamp()::text), 8)),
  :name!,
  :category!,
  :cents!,
  coalesce(:stock::int, 0),
  coalesce(array(select jsonb_array_elements_text(:tags::jsonb)), '{}'),
  coalesce(:attributes::jsonb, '{}'))
returning id, sku, name, category, cents, stock, tags, attributes, added;
