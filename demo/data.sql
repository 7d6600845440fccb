-- The shop's data: the same rows on every machine. Everything is drawn from
-- private.pick(), a hash of a word and a number, never from random().

create function private.pick(word text, n int, below int) returns int
language sql immutable
return (('x' || substr(md5(word || n), 1, 7))::bit(28)::int % below);

create function private.one_of(word text, n int, variadic choices text[])
returns text language sql immutable
return choices[1 + private.pick(word, n, cardinality(choices))];

\echo '  customers'
insert into api.customers (id, name, email, city, joined)
select n, first || ' ' || last,
       lower(first || '.' || last || '.' || n || '@example.com'),
       private.one_of('city', n, 'Lisbon', 'Porto', 'Madrid', 'Seville', 'Lyon',
         'Nantes', 'Turin', 'Bologna', 'Vienna', 'Graz', 'Munich', 'Leipzig',
         'Ghent', 'Utrecht', 'Aarhus', 'Malmö', 'Turku', 'Tartu', 'Kraków',
         'Brno', 'Košice', 'Győr', 'Cluj', 'Plovdiv', 'Patras', 'Cork'),
       date '2021-01-04' + private.pick('joined', n, 1500)
from generate_series(1, 2000) n,
lateral (select
  private.one_of('first', n, 'Ana', 'Bruno', 'Chloe', 'Daan', 'Elif', 'Finn',
    'Greta', 'Hugo', 'Ines', 'Jakob', 'Katya', 'Liam', 'Mira', 'Noor', 'Oscar',
    'Petra', 'Quentin', 'Rosa', 'Stefan', 'Tilda', 'Umar', 'Vera', 'Wout',
    'Xenia', 'Yusuf', 'Zora', 'Amir', 'Bea', 'Carlos', 'Dora'),
  private.one_of('last', n, 'Almeida', 'Bauer', 'Costa', 'Dubois', 'Eriksen',
    'Fischer', 'Garcia', 'Horvat', 'Ivanov', 'Jansen', 'Kowalski', 'Lindgren',
    'Moreau', 'Novak', 'Okafor', 'Peeters', 'Quist', 'Rossi', 'Silva',
    'Tanaka', 'Ulrich', 'Visser', 'Weber', 'Yilmaz', 'Zielinski'))
  as person (first, last);

\echo '  products'
with kinds (category, base, things, materials) as (values
  ('kitchen', 900,
   '{Teapot,Saucepan,"Bread Knife","Salad Bowl",Colander,Whisk,"Pepper Mill",'
   '"Cutting Board",Kettle,"Cake Tin"}',
   '{Enamel,Copper,"Cast Iron",Beech,Stoneware,Steel}'),
  ('garden', 1200,
   '{Trowel,"Watering Can","Bird Feeder","Pruning Shears",Lantern,"Hose Reel",'
   'Wheelbarrow,"Seed Tray",Trellis,"Plant Pot"}',
   '{Zinc,Terracotta,Ash,Steel,Willow,Slate}'),
  ('office', 500,
   '{Notebook,"Desk Lamp","Pen Tray",Stapler,"File Box",Calendar,"Wall Clock",'
   'Bookend,"Letter Opener",Footrest}',
   '{Walnut,Linen,Brass,Cork,Leather,Aluminium}'),
  ('outdoor', 2500,
   '{Rucksack,Tent,"Sleeping Bag",Flask,"Head Torch",Compass,Hammock,'
   '"Camping Stove","Rain Jacket",Blanket}',
   '{Canvas,Wool,Titanium,Nylon,Merino,Waxed}'),
  ('music', 3900,
   '{Ukulele,Metronome,Harmonica,"Music Stand",Tambourine,Kalimba,Recorder,'
   'Cajon,"Guitar Strap","Tuning Fork"}',
   '{Maple,Rosewood,Mahogany,Brass,Spruce,Bamboo}'))
insert into api.products
  (id, sku, name, category, cents, stock, tags, attributes, added)
select n, upper(left(category, 3)) || '-' || to_char(n, 'FM00000'),
       private.one_of('style', n, 'Little', 'Classic', 'Nordic', 'Folding',
         'Everyday', 'Vintage', 'Slim', 'Round', 'Travel', 'Grand')
         || ' ' || material || ' ' || thing,
       category,
       base + 50 * private.pick('price', n, 160) - 1,
       private.pick('stock', n, 250),
       array[lower(split_part(thing, ' ', -1)), lower(material)]
         || case when private.pick('new', n, 6) = 0 then '{new}'::text[]
                 else '{}' end,
       jsonb_build_object(
         'material', lower(material),
         'weight_g', 80 + 10 * private.pick('weight', n, 300),
         'colour', private.one_of('colour', n, 'moss', 'sand', 'ink', 'rust',
           'chalk', 'plum')),
       timestamptz '2024-02-01 09:00+00' + n * interval '7 hours 13 minutes'
from generate_series(1, 1200) n
join lateral (
  select category, base, things::text[] as things, materials::text[] as materials
  from kinds offset private.pick('kind', n, 5) limit 1) kind on true,
lateral (select private.one_of('thing', n, variadic things),
                private.one_of('material', n, variadic materials))
  as made (thing, material);

\echo '  orders'
insert into api.orders (id, customer_id, status, placed, note)
select n, 1 + private.pick('buyer', n, 2000),
       case when n > 9700 then 'open' when n > 9300 then 'paid'
            when n > 8800 then 'shipped'
            when private.pick('returned', n, 25) = 0 then 'returned'
            else 'delivered' end::api.order_status,
       timestamptz '2025-01-01 08:00+00' + n * interval '61 minutes'
         + private.pick('minute', n, 45) * interval '1 minute',
       case private.pick('note', n, 12)
         when 0 then 'Please ring twice.'
         when 1 then 'A present: no invoice in the box, please.'
         when 2 then 'Leave it with the neighbours at no. 12.' end
from generate_series(1, 10000) n;

\echo '  order items'
insert into api.order_items (order_id, product_id, quantity, cents)
select n, p.id, 1 + private.pick('quantity', n * 8 + k, 4), p.cents
from generate_series(1, 10000) n
cross join lateral
  generate_series(0, private.pick('items', n, 6)) k
join api.products p on p.id = 1 + private.pick('item', n * 8 + k, 1200)
on conflict do nothing;

\echo '  reviews'
insert into api.reviews (product_id, customer_id, stars, body, written)
select i.product_id, o.customer_id, 5 - private.pick('stars', o.id + i.product_id, 9) / 3,
       private.one_of('opening', o.id + 7 * i.product_id, 'Bought this for my sister.',
         'Third one I own.', 'Arrived two days early.', 'Took a chance on it.',
         'Looks just like the picture.', 'Smaller than I thought.',
         'Had my doubts at first.', 'Ordered it on a rainy Sunday.') || ' '
       || private.one_of('verdict', o.id + i.product_id,
         'Would buy it again.', 'Does what it should.',
         'The finish could be better.', 'Feels as if it will last.',
         'My cat approves.', 'A bit heavy, but lovely.',
         'Not for me, so I gave it away.', 'Worth every cent.'),
       o.placed + interval '9 days'
from api.orders o join api.order_items i on i.order_id = o.id
where o.status = 'delivered' and private.pick('reviewed', o.id, 5) = 0
on conflict do nothing;

\echo '  logins'
-- Everybody's password is "secret"; customer 1 also runs the shop.
insert into private.logins (customer_id, password, role)
select id, public.crypt('secret', '$2a$06$WvBAhEXgtTLV1oeGAkEJKe'),
       case when id = 1 then 'staff' else 'customer' end
from api.customers where id <= 20;

-- New rows go on behind the numbered ones.
select setval(pg_get_serial_sequence(t, 'id'), max_id) as next
from (select 'api.customers' as t, max(id) as max_id from api.customers
      union all select 'api.products', max(id) from api.products
      union all select 'api.orders', max(id) from api.orders
      union all select 'api.reviews', max(id) from api.reviews) as last
\g /dev/null

create trigger take_from_stock after insert on api.order_items
for each row execute function private.take_from_stock();

drop function private.one_of, private.pick;
analyze;
