select count(*) from item where id > :id and category = 'category 7';
