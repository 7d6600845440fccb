-- One row to change, by a random key.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  return wrk.format(nil, "/update", nil,
    '{"id":' .. math.random(1, 10000) .. ',"hits":5}')
end
