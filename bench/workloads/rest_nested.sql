select json_agg(t) from (
  select id, placed,
    (select to_json(c) from (
      select id, name from customer where id = purchase.customer_id) c)
      as customer,
    (select json_agg(l) from (
      select number, amount, (select to_json(i) from (
        select id, name, cents from item where id = part.item_id) i) as item
      from part where purchase_id = purchase.id order by number) l) as part
  from purchase where id >= :id order by id limit 20) t;
