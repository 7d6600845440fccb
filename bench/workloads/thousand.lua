-- A thousand rows from a random key on.
request = function()
  return wrk.format("GET", "/thousand?id=" .. math.random(1, 9000))
end
