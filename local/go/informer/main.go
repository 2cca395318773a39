// informer keeps a cache of one resource of store.pawl.dev, as controllers do, and prints what it learns, a line each:
// "synced N", then "added NAME VERSION", "updated NAME VERSION", "deleted NAME". For the tests of the aggregated API.
//
//	informer dynamic|metadata RESOURCE NAMESPACE
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kind, resource, namespace string) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	informer, err := informerOf(config, kind, namespace, schema.GroupVersionResource{
		Group: "store.pawl.dev", Version: "v1alpha1", Resource: resource,
	})
	if err != nil {
		return err
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { tell("added", object) },
		UpdateFunc: func(_, object any) { tell("updated", object) },
		DeleteFunc: func(object any) { tell("deleted", object) },
	})
	if err != nil {
		return err
	}
	go informer.Run(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return fmt.Errorf("the cache never synced")
	}
	fmt.Println("synced", len(informer.GetStore().List()))
	<-ctx.Done()
	return nil
}

func informerOf(config *rest.Config, kind, namespace string, resource schema.GroupVersionResource) (cache.SharedIndexInformer, error) {
	if kind == "metadata" {
		client, err := metadata.NewForConfig(config)
		if err != nil {
			return nil, err
		}
		factory := metadatainformer.NewFilteredSharedInformerFactory(client, 0, namespace, nil)
		return factory.ForResource(resource).Informer(), nil
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, namespace, nil)
	return factory.ForResource(resource).Informer(), nil
}

// tell says the version only where the object has one: metadata is all that a metadata client gets.
func tell(what string, object any) {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	named, err := meta.Accessor(object)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	version := ""
	if whole, ok := object.(*unstructured.Unstructured); ok && what != "deleted" {
		version, _, _ = unstructured.NestedString(whole.Object, "status", "version")
	}
	fmt.Println(what, named.GetName(), version)
}
