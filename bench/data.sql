-- Ten thousand rows, of which a workload takes one or a thousand.
create role web login;
create table item (
  id int primary key, name text not null, category text not null,
  cents int not null, stock int not null);
insert into item
select n, 'Item number ' || n, 'category ' || n % 12, n * 37 % 10000, n % 77
from generate_series(1, 10000) n;
grant select on item to web;
analyze item;
