-- A hundred thousand rows as JSON.
-- clients: 1
request = function()
  return wrk.format("GET", "/export")
end
