package random

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Bytes is random:index/randomBytes:RandomBytes.
type Bytes struct{}

var (
	_ infer.CustomResource[BytesInputs, BytesState] = (*Bytes)(nil)
	_ infer.CustomCheck[BytesInputs]                = (*Bytes)(nil)
	_ infer.CustomDiff[BytesInputs, BytesState]     = (*Bytes)(nil)
)

// BytesInputs are the arguments of a Bytes.
type BytesInputs struct {
	Keepers map[string]string `pulumi:"keepers,optional"`
	Length  int               `pulumi:"length"`
}

// BytesState is what Pulumi stores for a Bytes.
type BytesState struct {
	BytesInputs
	Base64 string `pulumi:"base64" provider:"secret"`
	Hex    string `pulumi:"hex" provider:"secret"`
}

// Annotate gives the resource its official name.
func (b *Bytes) Annotate(a infer.Annotator) { a.SetToken("index/randomBytes", "RandomBytes") }

// WireDependencies keeps what was generated secret, and unknown at preview.
func (*Bytes) WireDependencies(f infer.FieldSelector, _ *BytesInputs, state *BytesState) {
	f.OutputField(&state.Base64).AlwaysSecret()
	f.OutputField(&state.Hex).AlwaysSecret()
}

// Check refuses a length of less than one.
func (*Bytes) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[BytesInputs], error) {
	inputs, failures, err := infer.DefaultCheck[BytesInputs](ctx, req.NewInputs)
	if err == nil && len(failures) == 0 && known(req.NewInputs, "length") && inputs.Length < 1 {
		failures = append(failures, tooShort(inputs.Length, 1))
	}
	return infer.CheckResponse[BytesInputs]{Inputs: inputs, Failures: failures}, err
}

// Diff replaces on any change: random bytes are never altered.
func (*Bytes) Diff(_ context.Context, req infer.DiffRequest[BytesInputs, BytesState]) (infer.DiffResponse, error) {
	changes := changes{}
	changes.keepers(req.State.Keepers, req.Inputs.Keepers)
	changes.value("length", req.State.Length, req.Inputs.Length)
	return changes.response(), nil
}

// Create generates the bytes. The id is the base64 text, in clear, because the official plugin's is: whoever
// needs a secret that nothing shows takes a RandomPassword.
func (*Bytes) Create(
	_ context.Context, req infer.CreateRequest[BytesInputs],
) (infer.CreateResponse[BytesState], error) {
	state := BytesState{BytesInputs: req.Inputs}
	if req.DryRun {
		return infer.CreateResponse[BytesState]{Output: state}, nil
	}
	data := make([]byte, req.Inputs.Length)
	if _, err := rand.Read(data); err != nil {
		return infer.CreateResponse[BytesState]{}, err
	}
	state.Base64 = base64.StdEncoding.EncodeToString(data)
	state.Hex = hex.EncodeToString(data)
	return infer.CreateResponse[BytesState]{ID: state.Base64, Output: state}, nil
}

func tooShort(length, least int) p.CheckFailure {
	return p.CheckFailure{Property: "length", Reason: lengthReason(length, least)}
}
