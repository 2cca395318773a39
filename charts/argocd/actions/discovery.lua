-- Which actions make sense on a ConfigVersion as it is now. Argo CD greys the others out.
local conflict = (obj.status or {}).conflict or {}
local annotations = obj.metadata.annotations or {}
local suspended = obj.spec.suspend == true

return {
  confirm = {
    -- Only where there is a result to confirm, and not twice.
    disabled = suspended
      or conflict.token == nil
      or annotations["pawl.dev/confirm"] == conflict.token
      or obj.status.observedGeneration ~= obj.metadata.generation,
  },
  suspend = { disabled = suspended },
  resume = { disabled = not suspended },
}
