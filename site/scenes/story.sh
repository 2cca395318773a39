## before
unset PAWL_SERVER PAWL_TOKEN PAWL_CA
namespace payments
printf 'cap: 1000     # agreed with risk\nburst: 10\nregions: [de, fr]\n' > limits.yaml
kubectl pawl save -n payments limits.yaml limits.yaml --yes -m 'first limits'
here=$PWD
# Whom the API server takes the next commands for, and where that person's files are.
person() {
  cd "$here/$1"
  export KUBECONFIG=$here/$1.kubeconfig GIT_AUTHOR_EMAIL=$1@example.com GIT_COMMITTER_EMAIL=$1@example.com
}
kubectl config view --raw > all.kubeconfig
for name in ada bob cem; do
  sed "s/^  user:$/&\n    as: $name@example.com/" all.kubeconfig > $name.kubeconfig
  kubectl create clusterrolebinding story-$name --clusterrole=cluster-admin --user=$name@example.com
  git init -q $name
  (
    cd $name
    kubectl pawl init config=payments
    cp ../limits.yaml config/limits.yaml
    git add .
    git commit -qm 'version 1'
  )
done
person bob

## before: sed -i 's/cap: 1000/cap: 1500/' config/limits.yaml
person ada

## before: sed -i 's/cap: 1000/cap: 2000/' config/limits.yaml
person cem

## before: kubectl pawl blame config/limits.yaml
person ada

## after
kubectl --kubeconfig "$here/all.kubeconfig" delete clusterrolebinding story-ada story-bob story-cem
