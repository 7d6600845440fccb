-- One row by a random key.
request = function()
  return wrk.format("GET", "/one?id=" .. math.random(1, 10000))
end
