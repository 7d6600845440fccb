-- Three parts of each purchase, for nested reads; rows to change and to add.
create table part (
  purchase_id int not null references purchase, number int not null,
  item_id int not null references item, amount int not null,
  primary key (purchase_id, number));
insert into part
select 1 + (n - 1) / 3, 1 + (n - 1) % 3, 1 + n * 7 % 10000, 1 + n % 5
from generate_series(1, 30000) n;
create table counter (id int primary key, hits int not null);
insert into counter select n, 0 from generate_series(1, 10000) n;
grant select on part to web;
grant select, update on counter to web;
analyze part, counter;
create table sighting (
  id int generated always as identity primary key, note text not null);
grant select, insert on sighting to web;
