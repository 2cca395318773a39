## before
release

## before: kubectl annotate confignotifier audit pawl.dev/retry-dead-letters="$(date +%s)" --overwrite
manifest 'name: audit' | kubectl apply -f -

## after
kubectl delete confignotifier audit
kubectl delete secret audit-signing
helm uninstall pawl --namespace pawl --no-hooks
