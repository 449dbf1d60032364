// Command pulumi-resource-random stands in for Pulumi's random provider where the official plugin cannot be
// downloaded. It serves RandomBytes and RandomPassword only.
package main

import (
	"context"
	"fmt"
	"os"

	"extrude/toolchain/plugins/random"
)

// version is the official version that this plugin stands in for; the build sets it.
var version = "0.0.0"

func main() {
	if err := random.NewProvider().Run(context.Background(), "random", version+"+stand-in"); err != nil {
		fmt.Fprintln(os.Stderr, "The stand-in for the random plugin stopped:", err)
		os.Exit(1)
	}
}
