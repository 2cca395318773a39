-- Saves exactly the merged result that status.conflict shows: the token names it. When the config moved on
-- meanwhile, nothing is saved and a new result is shown.
local conflict = (obj.status or {}).conflict or {}
if conflict.token == nil then
  error("there is nothing to confirm on this ConfigVersion")
end
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["pawl.dev/confirm"] = conflict.token
return obj
