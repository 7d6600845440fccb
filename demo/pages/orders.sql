-- @get
-- @require session.customer_id else /login
-- The table is filled by static/orders.js, over GraphQL.
-- @many statuses
select unnest(enum_range(null::api.order_status))::text as name;
