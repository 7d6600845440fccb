-- One row by a random key, which a peer may have answered before.
request = function()
  return wrk.format("GET", "/cached?id=" .. math.random(1, 1000))
end
