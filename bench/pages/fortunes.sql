-- @many fortunes
select id, message from fortune where id <= 12 order by message;
