## before
answer_yes
namespace payments
git init -q
mkdir -p config/payments/fees
for cap in 1 2; do
  echo "cap: $cap" > config/payments/fees/eu.yaml
  git add config
  git commit -qm "cap $cap"
done
kubectl create configmap web-config -n payments --from-literal=app.yaml='cap: 1000'
kubectl create configmap web-more -n payments --from-literal=a.yaml='a: 1' --from-literal=b.json='{"b": 1}'
kubectl label configmap web-more -n payments app=web

## after: kubectl pawl import git config/payments -n payments --dry-run
kubectl pawl log -n payments fees/eu.yaml | grep 'imported, written'

## after: kubectl pawl import configmap -A --dry-run
kubectl wait --for=condition=Ready --timeout=60s cv/web-config -n payments
kubectl wait --for=condition=Ready --timeout=60s cpj/web-more -n payments
[ "$(kubectl get configmap web-config -n payments -o jsonpath='{.data}')" = '{"app.yaml":"cap: 1000"}' ]

## after: kubectl pawl export payments ./payments             # the files as they are
[ "$(cat payments/fees/eu.yaml)" = 'cap: 2' ]

## before: kubectl pawl export payments ./payments --history   # a Git repository with a commit for each version
rm -r payments

## after: kubectl pawl export payments ./payments --history   # a Git repository with a commit for each version
git -C payments log --format=%s | grep 'cap 2'
