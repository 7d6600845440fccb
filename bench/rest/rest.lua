-- Requests of one REST workload: method, target and body are the lines of
-- bench/rest/NAME.request. Trestle gets PostgREST's form, PEER another its own.
return function(workload)
  local file = assert(io.open("bench/rest/" .. workload .. ".request"))
  local method, target, body = file:read("l"), file:read("l"), file:read("l")
  file:close()
  if os.getenv("PEER") ~= "trestle" then
    target = "/rest_" .. workload .. "?id={id}"
  end
  wrk.method = method
  wrk.headers["Prefer"] = "return=representation"
  if body ~= "" then
    wrk.body = body
    wrk.headers["Content-Type"] = "application/json"
  end
  request = function()
    return wrk.format(nil, (target:gsub("{id}", math.random(1, 9000))))
  end
end
