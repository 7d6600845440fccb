-- A hundred thousand rows as JSON.
-- clients: 1
-- seconds: 5
request = function()
  return wrk.format("GET", "/export")
end
