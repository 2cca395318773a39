## before
namespace payments
save payments limits/eu.yaml 'cap: 700'

## after: curl --cacert $PAWL_CA -H "Authorization: Bearer $PAWL_TOKEN" $PAWL_SERVER/namespaces
curl --silent --fail --cacert "$PAWL_CA" -H "Authorization: Bearer $PAWL_TOKEN" "$PAWL_SERVER/namespaces" | grep payments
