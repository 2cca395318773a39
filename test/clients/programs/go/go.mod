module pawl.dev/test/program

go 1.24

require pawl.dev/client v0.0.0

require go.yaml.in/yaml/v3 v3.0.6 // indirect

replace pawl.dev/client => ../../../../clients/go
