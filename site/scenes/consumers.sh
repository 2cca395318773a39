## before
answer_yes
namespace payments
release

## before: kubectl pawl restore limits/eu.yaml@8 -n payments
for cap in $(seq 801 810); do save payments limits/eu.yaml "cap: $cap"; done

## before: goOn=$(kubectl get cpj checkout -n payments -o jsonpath='{.status.rollout.goOnWith}')
save payments checkout.yaml 'cap: 11'
manifest 'target: checkout-canary' | kubectl apply -f -
kubectl wait --for=condition=Ready --timeout=60s cpj/checkout -n payments
save payments checkout.yaml 'cap: 12'
kubectl wait --for=jsonpath='{.status.rollout.goOnWith}' --timeout=60s cpj/checkout -n payments

## after: goOn=$(kubectl get cpj checkout -n payments -o jsonpath='{.status.rollout.goOnWith}')
kubectl wait --for=jsonpath='{.data.checkout\.yaml}'='cap: 12' --timeout=60s configmap/checkout -n payments

## after
kubectl delete cpj checkout -n payments
helm uninstall pawl --namespace pawl --no-hooks
