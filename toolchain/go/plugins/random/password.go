package random

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/bcrypt"
)

// Password is random:index/randomPassword:RandomPassword.
type Password struct{}

var (
	_ infer.CustomResource[PasswordInputs, PasswordState] = (*Password)(nil)
	_ infer.CustomCheck[PasswordInputs]                   = (*Password)(nil)
	_ infer.CustomDiff[PasswordInputs, PasswordState]     = (*Password)(nil)
)

// PasswordInputs are the arguments of a Password.
type PasswordInputs struct {
	Keepers         map[string]string `pulumi:"keepers,optional"`
	Length          int               `pulumi:"length"`
	Lower           *bool             `pulumi:"lower,optional"`
	MinLower        *int              `pulumi:"minLower,optional"`
	MinNumeric      *int              `pulumi:"minNumeric,optional"`
	MinSpecial      *int              `pulumi:"minSpecial,optional"`
	MinUpper        *int              `pulumi:"minUpper,optional"`
	Number          *bool             `pulumi:"number,optional"`
	Numeric         *bool             `pulumi:"numeric,optional"`
	OverrideSpecial *string           `pulumi:"overrideSpecial,optional"`
	Special         *bool             `pulumi:"special,optional"`
	Upper           *bool             `pulumi:"upper,optional"`
}

// PasswordState is what Pulumi stores for a Password: the arguments with their defaults, and the results.
type PasswordState struct {
	Keepers         map[string]string `pulumi:"keepers,optional"`
	Length          int               `pulumi:"length"`
	Lower           bool              `pulumi:"lower"`
	MinLower        int               `pulumi:"minLower"`
	MinNumeric      int               `pulumi:"minNumeric"`
	MinSpecial      int               `pulumi:"minSpecial"`
	MinUpper        int               `pulumi:"minUpper"`
	Number          bool              `pulumi:"number"`
	Numeric         bool              `pulumi:"numeric"`
	OverrideSpecial *string           `pulumi:"overrideSpecial,optional"`
	Special         bool              `pulumi:"special"`
	Upper           bool              `pulumi:"upper"`
	Result          string            `pulumi:"result" provider:"secret"`
	BcryptHash      string            `pulumi:"bcryptHash" provider:"secret"`
	// Meta tells the official plugin that this state needs no upgrade.
	Meta string `pulumi:"__meta,optional"`
}

const schemaVersion = `{"schema_version":"3"}`

// Annotate gives the resource its official name.
func (r *Password) Annotate(a infer.Annotator) { a.SetToken("index/randomPassword", "RandomPassword") }

// WireDependencies keeps what was generated secret, and unknown at preview.
func (*Password) WireDependencies(f infer.FieldSelector, _ *PasswordInputs, state *PasswordState) {
	f.OutputField(&state.Result).AlwaysSecret()
	f.OutputField(&state.BcryptHash).AlwaysSecret()
}

// withDefaults is the state of these arguments before anything is generated.
func (i PasswordInputs) withDefaults() PasswordState {
	numeric := valueOr(i.Numeric, valueOr(i.Number, true))
	return PasswordState{
		Keepers: i.Keepers, Length: i.Length, OverrideSpecial: i.OverrideSpecial, Meta: schemaVersion,
		Lower: valueOr(i.Lower, true), MinLower: valueOr(i.MinLower, 0),
		Upper: valueOr(i.Upper, true), MinUpper: valueOr(i.MinUpper, 0),
		Special: valueOr(i.Special, true), MinSpecial: valueOr(i.MinSpecial, 0),
		Number: numeric, Numeric: numeric, MinNumeric: valueOr(i.MinNumeric, 0),
	}
}

func valueOr[T any](value *T, fallback T) T {
	if value == nil {
		return fallback
	}
	return *value
}

// Check refuses a length that cannot hold the characters asked for.
func (*Password) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[PasswordInputs], error) {
	inputs, failures, err := infer.DefaultCheck[PasswordInputs](ctx, req.NewInputs)
	if err == nil && len(failures) == 0 && known(req.NewInputs, "length") {
		wanted := inputs.withDefaults()
		least := max(1, wanted.MinLower+wanted.MinUpper+wanted.MinNumeric+wanted.MinSpecial)
		if inputs.Length < least {
			failures = append(failures, tooShort(inputs.Length, least))
		}
	}
	return infer.CheckResponse[PasswordInputs]{Inputs: inputs, Failures: failures}, err
}

// Diff compares with the defaults filled in, so that writing a default out changes nothing.
func (*Password) Diff(
	_ context.Context, req infer.DiffRequest[PasswordInputs, PasswordState],
) (infer.DiffResponse, error) {
	old, wanted := req.State, req.Inputs.withDefaults()
	changes := changes{}
	changes.keepers(old.Keepers, wanted.Keepers)
	changes.value("length", old.Length, wanted.Length)
	changes.value("lower", old.Lower, wanted.Lower)
	changes.value("minLower", old.MinLower, wanted.MinLower)
	changes.value("upper", old.Upper, wanted.Upper)
	changes.value("minUpper", old.MinUpper, wanted.MinUpper)
	changes.value("special", old.Special, wanted.Special)
	changes.value("minSpecial", old.MinSpecial, wanted.MinSpecial)
	changes.value("numeric", old.Numeric, wanted.Numeric)
	changes.value("minNumeric", old.MinNumeric, wanted.MinNumeric)
	changes.value("overrideSpecial", valueOr(old.OverrideSpecial, ""), valueOr(wanted.OverrideSpecial, ""))
	return changes.response(), nil
}

// Create generates the password and its hash.
func (*Password) Create(
	_ context.Context, req infer.CreateRequest[PasswordInputs],
) (infer.CreateResponse[PasswordState], error) {
	state := req.Inputs.withDefaults()
	if req.DryRun {
		return infer.CreateResponse[PasswordState]{Output: state}, nil
	}
	result, err := state.generate()
	if err != nil {
		return infer.CreateResponse[PasswordState]{}, err
	}
	hashed := []byte(result)
	hash, err := bcrypt.GenerateFromPassword(hashed[:min(len(hashed), 72)], bcrypt.DefaultCost)
	if err != nil {
		return infer.CreateResponse[PasswordState]{}, err
	}
	state.Result, state.BcryptHash = result, string(hash)
	return infer.CreateResponse[PasswordState]{ID: "none", Output: state}, nil
}
