-- The same page with a thousand rows.
request = function() return wrk.format("GET", "/fortunes1000") end
