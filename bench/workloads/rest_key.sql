select json_agg(t) from (select id, name from item where id = :id) t;
