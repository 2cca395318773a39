-- Leaves config, ConfigMap and status as they are until resume.
obj.spec.suspend = true
return obj
