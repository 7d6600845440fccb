-- A page of fifty products in a layout, from a random place on.
request = function()
  return wrk.format("GET", "/shop50?id=" .. math.random(1, 9000))
end
