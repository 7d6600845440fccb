select id, name, city from api.customers
where id = :claims.customer_id::int;
