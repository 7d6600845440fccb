-- One row by a random key, with a role and the claims of a token.
request = function()
  return wrk.format("GET", "/one_role?id=" .. math.random(1, 10000))
end
