// kind, built from its published module, for `npm run test:kind` on machines that do not have it.
module pawl.dev/local/kind

go 1.26.0

require sigs.k8s.io/kind v0.33.0
