-- A hundred thousand rows as CSV.
-- clients: 1
-- seconds: 5
request = function()
  return wrk.format("GET", "/export_csv", {["Accept"] = "text/csv"})
end
