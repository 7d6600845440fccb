-- @get
-- @many products
select id, name, category, cents, stock
from api.products
where (:category::text is null or category = :category)
  and (:search::text is null or name ilike '%' || :search || '%')
order by added desc, id
limit 24 offset 24 * (greatest(coalesce(:page::int, 1), 1) - 1);
-- @many categories
select category, count(*) from api.products group by category order by category;
-- @value total
select count(*) from api.products
where (:category::text is null or category = :category)
  and (:search::text is null or name ilike '%' || :search || '%');
