copy (select id, customer, item, cents, note from ordering order by id)
to stdout with (format csv, header);
