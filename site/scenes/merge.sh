## before
export GIT_CONFIG_GLOBAL=$PWD/gitconfig
repository=$PWD/repository
cd "$ROOT"

## after: git config --global merge.pawl-yaml.driver "$PWD/node_modules/.bin/node $PWD/merge/main.ts --write --format yaml %O %A %B"
git init -q "$repository"
cd "$repository"
manifest '*.yaml merge=pawl-yaml' > .gitattributes
printf 'cap: 1\nfee: 1\n' > a.yaml
git add .
git commit -qm base
git branch other
printf 'cap: 2\nfee: 1\n' > a.yaml
git commit -qam cap
git switch -q other
printf 'cap: 1\nfee: 2\n' > a.yaml
git commit -qam fee
git merge -qm both -
[ "$(cat a.yaml)" = "$(printf 'cap: 2\nfee: 2')" ]
