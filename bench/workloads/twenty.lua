-- Twenty rows behind a random key.
request = function()
  return wrk.format("GET", "/twenty?id=" .. math.random(1, 9000))
end
