-- What a browser says over /live: a message that is not for a channel comes here
-- as JSON and is answered with what the function returns.

-- nginx reads the changes of the database, as a standby does.
alter role web replication;

create schema live;
grant usage on schema live to web_anon, customer, staff;

create function live.on_message(message jsonb, session jsonb) returns jsonb
language sql stable as $$
  select to_jsonb('Server response'::text)
$$;

-- Who may listen to a channel and speak in it: everybody in the chat rooms.
create function live.may_join(topic text, session jsonb) returns boolean
language sql stable as $$
  select topic like 'room:%'
$$;
