// Package random serves random:index/randomBytes:RandomBytes and random:index/randomPassword:RandomPassword as
// the official plugin of the same version shows them, so that state moves between the two.
package random

import (
	"fmt"
	"maps"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// changes collects what differs between a stored resource and its new arguments. Every difference replaces.
type changes map[string]p.PropertyDiff

func (c changes) add(name string) {
	c[name] = p.PropertyDiff{Kind: p.UpdateReplace, InputDiff: true}
}

func (c changes) value(name string, old, new any) {
	if old != new {
		c.add(name)
	}
}

func (c changes) keepers(old, new map[string]string) {
	if !maps.Equal(old, new) {
		c.add("keepers")
	}
}

func (c changes) response() infer.DiffResponse {
	return infer.DiffResponse{HasChanges: len(c) > 0, DetailedDiff: c}
}

func lengthReason(length, least int) string {
	return fmt.Sprintf("length is %d and must be at least %d", length, least)
}
