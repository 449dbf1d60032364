// Command pulumi-resource-command stands in for Pulumi's command provider where the official plugin
// cannot be downloaded. It serves remote.Command only.
package main

import (
	"context"
	"fmt"
	"os"

	"extrude/toolchain/plugins/remote"
)

// version is the official version that this plugin stands in for; the build sets it.
var version = "0.0.0"

func main() {
	if err := remote.NewProvider().Run(context.Background(), "command", version+"+stand-in"); err != nil {
		fmt.Fprintln(os.Stderr, "The stand-in for the command plugin stopped:", err)
		os.Exit(1)
	}
}
