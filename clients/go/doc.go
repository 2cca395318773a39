// Package pawl reads, follows and saves configs of Pawl, versioned and merge-safe configuration for Kubernetes.
//
//	client, err := pawl.Connect(pawl.Options{Server: url, TokenFile: "/var/run/secrets/pawl/token"})
//	limits, err := pawl.Watch(ctx, client, "payments", "limits/eu.yaml", pawl.WatchOptions[Limits]{})
//	limits.Value().Cap
//
// The shapes of the HTTP API in shapes.gen.go are generated from Pawl's api/openapi.yaml.
package pawl
