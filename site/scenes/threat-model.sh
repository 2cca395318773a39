## before
namespace payments
kubectl apply -f - <<'EOF'
apiVersion: pawl.dev/v1alpha1
kind: ConfigNamespace
metadata: {name: payments}
spec: {}
EOF
