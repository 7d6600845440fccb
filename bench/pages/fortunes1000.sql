-- @many fortunes
select id, message from fortune order by message;
