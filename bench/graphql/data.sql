-- A thousand customers with ten orders of five lines each, and a table that
-- grows.
create table customer (
  id int primary key, name text not null, city text not null);
create table purchase (
  id int primary key, customer_id int not null references customer,
  placed date not null);
create table line (
  purchase_id int not null references purchase, number int not null,
  what text not null, cents int not null, primary key (purchase_id, number));
create table event (
  id int generated always as identity primary key, note text not null,
  item int not null);
insert into customer
select n, 'Customer ' || n, 'City ' || n % 50 from generate_series(1, 1000) n;
insert into purchase
select n, 1 + (n - 1) / 10, date '2024-01-01' + n % 365
from generate_series(1, 10000) n;
insert into line
select 1 + (n - 1) / 5, 1 + (n - 1) % 5, 'Thing ' || n % 300, n * 13 % 10000
from generate_series(1, 50000) n;
create index on purchase (customer_id, id);
create index on item (category, id);
grant select on customer, purchase, line to web;
grant select, insert on event to web;
analyze customer, purchase, line, item;
