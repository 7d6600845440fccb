-- Requests of one GraphQL workload: the document of the peer's dialect with a
-- variable $id. DIALECT names the folder of documents; for a peer that does not
-- look at them, any will do.
return function(workload)
  local dialect = os.getenv("DIALECT")
  if dialect == nil or dialect == "" then dialect = "hasura" end
  local path = "bench/graphql/" .. dialect .. "/" .. workload .. ".graphql"
  local file = assert(io.open(path))
  local query = file:read("a*"):gsub("%s+", " "):gsub('"', '\\"')
  file:close()
  local head = '{"query":"' .. query .. '","variables":{"id":'
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  request = function()
    return wrk.format(nil, "/graphql", nil, head .. math.random(1, 990) .. "}}")
  end
end
