select to_json('seen'::text);
