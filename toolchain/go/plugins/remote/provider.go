package remote

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/middleware/schema"
)

// NewProvider serves Command.
func NewProvider() p.Provider {
	return infer.Provider(infer.Options{
		Metadata: schema.Metadata{
			DisplayName: "Command (stand-in)",
			Description: "Stands in for Pulumi's command provider; serves command:remote:Command only.",
			License:     "Apache-2.0",
		},
		Resources: []infer.InferredResource{infer.Resource(&Command{})},
	})
}
