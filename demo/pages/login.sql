-- @get
-- @value example
select api.example_login();
-- @value staff
select api.example_login('staff');

-- @post
-- @field email email required
-- @field password text required
-- @session
-- @redirect {next}
-- @refuse "Nobody has this address and password."
-- @one customer
select role, customer_id, name from api.login(:email, :password);
