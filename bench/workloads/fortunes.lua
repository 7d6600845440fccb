-- A page of twelve rows, one of them with markup.
request = function() return wrk.format("GET", "/fortunes") end
