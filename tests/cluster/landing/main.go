// Where pods can land, as kube-scheduler's own predicates decide it: taints, node selector, required node affinity.
//
// Each line of the input is {"pods": [{"spec": its spec, "names": what a node may be called}], "nodes": nodes}; each line of
// the output says of every pod which of the nodes take it under one of these names: 1 or 0 for each.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	v1 "k8s.io/api/core/v1"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

type question struct {
	Pods []struct {
		Spec  v1.PodSpec `json:"spec"`
		Names []string   `json:"names"`
	} `json:"pods"`
	Nodes []v1.Node `json:"nodes"`
}

func main() {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := json.NewEncoder(os.Stdout)
	for in.More() {
		var asked question
		if err := in.Decode(&asked); err != nil {
			log.Fatal(err)
		}
		answers := make([]string, len(asked.Pods))
		for i, each := range asked.Pods {
			answers[i] = taking(&v1.Pod{Spec: each.Spec}, asked.Nodes, each.Names)
		}
		if err := out.Encode(answers); err != nil {
			log.Fatal(err)
		}
	}
}

func taking(pod *v1.Pod, nodes []v1.Node, names []string) string {
	required := nodeaffinity.GetRequiredNodeAffinity(pod)
	answer := make([]byte, len(nodes))
	for i := range nodes {
		answer[i] = '0'
		for _, name := range names {
			nodes[i].Name = name
			if lands(pod, &nodes[i], &required) {
				answer[i] = '1'
				break
			}
		}
	}
	return string(answer)
}

// The API server admits no empty list of terms, and a node's name in the pod bypasses the scheduler.
func lands(pod *v1.Pod, node *v1.Node, required *nodeaffinity.RequiredNodeAffinity) bool {
	if refused(pod.Spec.Affinity) {
		return false
	}
	if pod.Spec.NodeName != "" {
		return pod.Spec.NodeName == node.Name
	}
	_, untolerated := scheduling.FindMatchingUntoleratedTaint(
		klog.Background(), node.Spec.Taints, pod.Spec.Tolerations, keepsOff, false)
	matches, err := required.Match(node)
	return !untolerated && matches && err == nil
}

func refused(affinity *v1.Affinity) bool {
	if affinity == nil || affinity.NodeAffinity == nil {
		return false
	}
	required := affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	return required != nil && len(required.NodeSelectorTerms) == 0
}

func keepsOff(taint *v1.Taint) bool {
	return taint.Effect == v1.TaintEffectNoSchedule || taint.Effect == v1.TaintEffectNoExecute
}
