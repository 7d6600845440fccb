select json_agg(c) from (
  select name, (
    select json_agg(p) from (
      select id, (
        select json_agg(l) from (
          select what, cents from line where purchase_id = purchase.id
          order by number) l) as lines
      from purchase where customer_id = customer.id order by id) p) as purchases
  from customer where id >= :id order by id limit 10) c;
