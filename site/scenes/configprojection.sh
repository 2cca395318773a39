## before
namespace payments
save payments checkout.yaml 'cap: 1'
kubectl apply -f - <<'EOF'
apiVersion: pawl.dev/v1alpha1
kind: ConfigProjection
metadata: {name: checkout, namespace: payments}
spec:
  target: {immutable: true}
  configs: [{path: checkout.yaml}]
EOF
kubectl wait --for=condition=Ready --timeout=60s cpj/checkout -n payments

## after
kubectl delete cpj checkout -n payments
