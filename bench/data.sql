-- Ten thousand rows, of which a workload takes one or a thousand.
create role web login;
create role web_live login replication in role web;
create table item (
  id int primary key, name text not null, category text not null,
  cents int not null, stock int not null);
insert into item
select n, 'Item number ' || n, 'category ' || n % 12, n * 37 % 10000, n % 77
from generate_series(1, 10000) n;
grant select on item to web;
analyze item;

-- The rows of the Fortunes page: twelve, and a thousand.
create table fortune (id int primary key, message text not null);
insert into fortune
select n, case n % 12
    when 3 then '<script>alert("This is a message & no script.");</script>'
    when 7 then 'フレームワークのベンチマーク'
    else 'Fortune number ' || n || ': a bad workman blames his tools' end
from generate_series(1, 1000) n;
grant select on fortune to web;
analyze fortune;

-- A hundred thousand rows to export: 10 MB as JSON.
create table ordering (
  id int primary key, customer text not null, item text not null,
  cents int not null, note text not null);
insert into ordering
select n, 'Customer ' || n % 1000, 'Item number ' || n % 10000, n * 37 % 10000,
  case n % 10 when 0 then 'gift, with a card' else 'as usual' end
from generate_series(1, 100000) n;
grant select on ordering to web;
analyze ordering;
