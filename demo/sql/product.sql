-- One product: /products/123

-- @get
-- @one product
select id, sku, name, category, cents, stock, tags, attributes, added
from api.products
where id = :id::int;

-- @put
-- @one product
update api.products
set name = :name!,
    category = :category!,
    cents = :cents!,
    stock = coalesce(:stock, stock),
    tags = coalesce(array(select jsonb_array_elements_text(:tags::jsonb)), '{}'),
    attributes = coalesce(:attributes::jsonb, attributes)
where id = :id::int
returning id, sku, name, category, cents, stock, tags, attributes, added;

-- @delete
-- @one product
delete from api.products
where id = :id::int
returning id, sku, name;
