-- One row to add.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"note":"seen"}'
request = function()
  return wrk.format(nil, "/insert")
end
