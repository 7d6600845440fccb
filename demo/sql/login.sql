-- Sign in with a token: POST {"email": "...", "password": "..."}

-- @post
-- @token 1h
-- @one login
select role, customer_id, name
from api.login(:email!, :password!);
