-- The tables of which publications tell every kind of change, whole: whoever
-- hears nothing of such a table knows that it is as it was.
select t.relid, p.pubname
  from pg_catalog.pg_publication p,
       lateral pg_catalog.pg_get_publication_tables(p.pubname) t
 where p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate
   and pg_catalog.to_jsonb(t) ->> 'qual' is null
