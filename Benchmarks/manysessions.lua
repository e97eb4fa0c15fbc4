-- Each request names one of 200 sessions.
local requests = {}
init = function()
  for number = 1, 200 do
    requests[number] = wrk.format(nil, nil, { ["Host"] = "bench", ["Connection"] = "close", ["X-Session"] = "s" .. number })
  end
end
local last = 0
request = function()
  last = last % 200 + 1
  return requests[last]
end
