-- :id is the user's.
select p.name as title, r.body as content, r.stars
from api.reviews r
join api.products p on p.id = r.product_id
where r.customer_id = :id
order by r.written desc, r.id;
