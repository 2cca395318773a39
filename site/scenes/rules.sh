## before
answer_yes
namespace payments
# The ConfigNamespace with this for its spec.
rules() {
  kubectl apply -f - <<< "{apiVersion: pawl.dev/v1alpha1, kind: ConfigNamespace, metadata: {name: payments}, spec: $1}"
}

## before: kubectl pawl freeze limits -n payments --until 4h --reason "incident 12"
rules '{}'

## before: kubectl pawl purge limits/eu.yaml@8 -n payments --reason "held the password of the database"
for cap in $(seq 10); do save payments limits/eu.yaml "cap: $cap"; done

## before: kubectl pawl trash -n payments
kubectl pawl delete -n payments limits/eu.yaml --yes

## before: kubectl pawl approvals -n payments
manifest 'approval:' | kubectl apply -f -
n=4000
until save payments limits/eu.yaml "cap: $((n += 1))" 2>&1 | grep -i approv; do :; done
# Somebody else than the one who proposed it: the administrator, through the API server.
unset PAWL_SERVER PAWL_TOKEN PAWL_CA

## before: kubectl pawl reject limits/eu.yaml -n payments --reason "the cap is too high"
save payments limits/eu.yaml 'cap: 5000' || [ $? = 3 ]

## before: kubectl pawl promote payments-staging/limits/eu.yaml --to payments-prod
rules '{}'
namespace payments-staging
namespace payments-prod
save payments-staging limits/eu.yaml 'cap: 1'
save payments-staging limits/fr.yaml 'cap: 2'

## after: kubectl pawl promote payments-staging/limits/eu.yaml --to payments-prod
kubectl pawl show -n payments-prod limits/fr.yaml | grep 'cap: 2'
