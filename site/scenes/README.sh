## before
without_pods
kubectl create namespace pawl || true
echo 'database: {host: db.example.com, passwordSecret: {name: pawl-database}}' > values.yaml
