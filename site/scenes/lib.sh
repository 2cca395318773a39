# For the scenes of all pages: sourced before each. ROOT is the project, MANIFESTS a folder with the page's blocks of YAML.

namespace() { kubectl get namespace "$1" > /dev/null 2>&1 || kubectl create namespace "$1"; }

# The page's first block of YAML that has this in it.
manifest() { cat "$(grep -lF -- "$1" "$MANIFESTS"/* | sort -V | head -n 1)"; }

# save NAMESPACE PATH TEXT
save() { command kubectl pawl save -n "$1" "$2" - --yes <<< "$3"; }

# A question is answered with yes, as by a reader at a terminal.
answer_yes() {
  kubectl() {
    case "$1 $2" in
      'pawl approve' | 'pawl freeze' | 'pawl import' | 'pawl promote' | 'pawl purge' | 'pawl reject' | 'pawl restore' | \
        'pawl undelete' | 'pawl unfreeze') command kubectl "$@" --yes ;;
      *) command kubectl "$@" ;;
    esac
  }
}

# There are no nodes: nothing to wait for, and no pod that could run a hook.
without_pods() {
  helm() {
    local args=() word
    for word in "$@"; do [ "$word" = --wait ] || args+=("$word"); done
    if [ "$1" = uninstall ]; then args+=(--no-hooks); fi
    command helm "${args[@]}"
  }
}

# The chart beside the Pawl that runs already, without what would get into its way.
release() {
  command helm install pawl charts/pawl --namespace pawl --create-namespace \
    --set crds.install=false,requestedBy=trust,rbac.aggregate=false,database.existingSecret.name=pawl-database
}
