## before
namespace shop
for version in 1 2; do
  author=$([ $version = 1 ] && echo ada || echo bob)
  kubectl apply -f - <<EOF
apiVersion: pawl.dev/v1alpha1
kind: ConfigVersion
metadata: {name: limits, namespace: shop}
spec: {path: limits/eu.yaml, format: yaml, author: $author@example.com, body: "cap: ${version}000\n"}
EOF
  kubectl wait --for=jsonpath='{.status.version}'=$version --timeout=60s cv/limits -n shop
done
namespace payments
save payments limits/eu.yaml 'cap: 600'
