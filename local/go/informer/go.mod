// The caches that controllers written in Go keep, for the tests of the aggregated API.
module pawl.dev/local/informer

go 1.26.0

require (
	k8s.io/apimachinery v0.37.2
	k8s.io/client-go v0.37.2
)
