## after: git init shop && cd shop
kubectl pawl show -n payments limits.yaml | grep 'cap: 1000'

## before: pawl deploy --yes -m "$CI_COMMIT_TITLE" -o json
echo 'cap: 1500' > config/payments/limits.yaml
CI_COMMIT_TITLE='raise the cap'
git commit -qam "$CI_COMMIT_TITLE"

## after: pawl deploy --yes -m "$CI_COMMIT_TITLE" -o json
kubectl pawl log -n payments limits.yaml | grep 'raise the cap'

## after: pawl install-merge-driver
grep merge=pawl .gitattributes
