## before
without_pods
manifest 'existingSecret: {name: pawl-database, key: uri}' > values.yaml

## after: helm install pawl charts/pawl --namespace pawl --create-namespace --values values.yaml --wait
kubectl get deployment pawl --namespace pawl
kubectl get configversions --all-namespaces

## before: kubectl delete configversions --all --all-namespaces
helm install pawl charts/pawl --namespace pawl --values values.yaml
