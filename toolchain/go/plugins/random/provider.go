package random

import (
	"context"
	"encoding/json"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/middleware/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// notes are what the official plugin keeps in a resource's state for itself.
var notes = []string{"__pulumi_raw_state_delta", "id"}

// NewProvider serves both resources, and accepts what the official plugin has stored.
func NewProvider() p.Provider {
	provider := infer.Provider(infer.Options{
		Metadata: schema.Metadata{
			DisplayName: "Random (stand-in)",
			Description: "Stands in for Pulumi's random provider; serves RandomBytes and RandomPassword only.",
			License:     "Apache-2.0",
		},
		Resources: []infer.InferredResource{infer.Resource(&Bytes{}), infer.Resource(&Password{})},
	})
	diff := provider.Diff
	provider.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		req.State = req.State.Delete(notes...)
		return diff(ctx, req)
	}
	// What was generated exists nowhere but in the state: reading it gives it back, notes included.
	provider.Read = func(_ context.Context, req p.ReadRequest) (p.ReadResponse, error) {
		return p.ReadResponse{ID: req.ID, Properties: req.Properties, Inputs: req.Inputs}, nil
	}
	// The framework notes its own version in the provider's configuration: where the official plugin wrote that
	// configuration there is none, and this difference is no change.
	provider.DiffConfig = func(context.Context, p.DiffRequest) (p.DiffResponse, error) {
		return p.DiffResponse{}, nil
	}
	schema := provider.GetSchema
	provider.GetSchema = func(ctx context.Context, req p.GetSchemaRequest) (p.GetSchemaResponse, error) {
		response, err := schema(ctx, req)
		if err != nil {
			return response, err
		}
		response.Schema, err = withModuleFormat(response.Schema)
		return response, err
	}
	return provider
}

// withModuleFormat says that "index/randomBytes" is the module "index": that is how old packages write tokens, and
// the framework knows new ones only.
func withModuleFormat(text string) (string, error) {
	var schema map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		return "", err
	}
	schema["meta"] = json.RawMessage(`{"moduleFormat": "(.*)(?:/[^/]*)"}`)
	result, err := json.Marshal(schema)
	return string(result), err
}

// known tells whether an argument has a value at preview already.
func known(inputs property.Map, name string) bool {
	value, given := inputs.GetOk(name)
	return given && !value.IsComputed()
}
