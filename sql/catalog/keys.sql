-- Primary keys, unique constraints and unique indexes over whole columns: the
-- sets of columns that name a row.
select i.indrelid,
       ic.relname,
       i.indisprimary,
       (select json_agg(k.attnum order by k.place)
          from unnest(i.indkey::int2[]) with ordinality k(attnum, place)
         where k.place <= i.indnkeyatts)
  from pg_catalog.pg_index i
  join pg_catalog.pg_class ic on ic.oid = i.indexrelid
  join pg_catalog.pg_class c on c.oid = i.indrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where i.indisunique
   and i.indpred is null
   and i.indexprs is null
   and n.nspname <> 'information_schema'
   and n.nspname !~ '^pg_'
 order by i.indrelid, i.indisprimary desc, ic.relname
