select to_json(t) from (select id, name from item where id = :id) t;
