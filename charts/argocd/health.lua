-- Health of every kind of Pawl's for Argo CD. kstatus-conformant: the verdict is that of kstatus, and a wait names its
-- reason.
--
-- Only base functions of Lua 5.1: Argo CD opens neither string nor math for scripts in argocd-cm.
local status = obj.status or {}
local conditions = status.conditions or {}
local generation = obj.metadata.generation

local function find(type)
  for _, condition in ipairs(conditions) do
    if condition.type == type and condition.status == "True" then
      return condition
    end
  end
  return nil
end

local function said(condition)
  return (condition.reason or "") .. ": " .. (condition.message or "")
end

-- Argo CD waits without limit for what is Suspended, and with it the whole application: so the verdict is that of what
-- is underneath, and the message says that it is suspended.
if obj.spec ~= nil and obj.spec.suspend == true then
  local underneath = find("Stalled") or find("Ready")
  local health = "Healthy"
  local message = "Suspended: nothing is done until spec.suspend is false"
  if find("Stalled") ~= nil then
    health = "Degraded"
  end
  if underneath ~= nil then
    message = message .. "; before that, " .. said(underneath)
  end
  return { status = health, message = message }
end

-- Conditions of an older generation speak of another text: neither its failure nor its success is this one's.
local waiting = find("Reconciling")
if status.observedGeneration ~= generation then
  local message = "waiting for Pawl to look at generation " .. tostring(generation or "?")
  if waiting ~= nil and waiting.observedGeneration == generation then
    message = said(waiting)
  end
  return { status = "Progressing", message = message }
end
if waiting ~= nil then
  return { status = "Progressing", message = said(waiting) }
end

local stalled = find("Stalled")
if stalled ~= nil then
  return { status = "Degraded", message = said(stalled) }
end

local ready = find("Ready")
if ready ~= nil then
  local message = said(ready)
  local superseded = find("Superseded")
  if superseded ~= nil then
    message = message .. " " .. (superseded.message or "")
  end
  return { status = "Healthy", message = message }
end

return { status = "Progressing", message = "waiting for Pawl" }
