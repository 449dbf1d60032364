package remote

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// endpoint holds what a host and a proxy have in common.
type endpoint struct {
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional" provider:"secret"`
	Host               *string  `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	PrivateKey         *string  `pulumi:"privateKey,optional" provider:"secret"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional" provider:"secret"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
	HostKey            *string  `pulumi:"hostKey,optional"`
}

// Connection says how to reach the host.
type Connection struct {
	endpoint
	Proxy *ProxyConnection `pulumi:"proxy,optional"`
}

// ProxyConnection says how to reach a host through which the connection goes.
type ProxyConnection struct{ endpoint }

const (
	defaultUser           = "root"
	defaultPort           = 22
	defaultDialErrorLimit = 10
	defaultPerDialTimeout = 15
)

// Annotate sets the defaults.
func (c *Connection) Annotate(a infer.Annotator) { c.setDefaults(a) }

// Annotate sets the defaults.
func (c *ProxyConnection) Annotate(a infer.Annotator) { c.setDefaults(a) }

func (e *endpoint) setDefaults(a infer.Annotator) {
	a.SetDefault(&e.User, defaultUser)
	a.SetDefault(&e.Port, defaultPort)
	a.SetDefault(&e.DialErrorLimit, defaultDialErrorLimit)
	a.SetDefault(&e.PerDialTimeout, defaultPerDialTimeout)
}

func valueOr[T any](value *T, fallback T) T {
	if value == nil {
		return fallback
	}
	return *value
}

func (e *endpoint) address() string {
	return net.JoinHostPort(valueOr(e.Host, ""), strconv.Itoa(int(valueOr(e.Port, defaultPort))))
}

func (e *endpoint) errorLimit() int { return valueOr(e.DialErrorLimit, defaultDialErrorLimit) }

func (e *endpoint) clientConfig() (*ssh.ClientConfig, error) {
	config := &ssh.ClientConfig{
		User:            valueOr(e.User, defaultUser),
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // #nosec G106 -- as the official plugin does without hostKey
		Timeout:         time.Duration(valueOr(e.PerDialTimeout, defaultPerDialTimeout)) * time.Second,
	}
	if e.HostKey != nil {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(*e.HostKey))
		if err != nil {
			return nil, fmt.Errorf("hostKey is not a public key of the form \"ssh-ed25519 AAAA...\": %w", err)
		}
		config.HostKeyCallback = ssh.FixedHostKey(key)
		// Like the official plugin: an "ssh-rsa" key then means SHA-1 signatures, which today's servers refuse.
		config.HostKeyAlgorithms = []string{key.Type()}
	}
	if err := e.addKey(config); err != nil {
		return nil, err
	}
	e.addPassword(config)
	return config, e.addAgent(config)
}

func (e *endpoint) addKey(config *ssh.ClientConfig) error {
	if e.PrivateKey == nil {
		return nil
	}
	var signer ssh.Signer
	var err error
	if e.PrivateKeyPassword == nil {
		signer, err = ssh.ParsePrivateKey([]byte(*e.PrivateKey))
	} else {
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(*e.PrivateKey), []byte(*e.PrivateKeyPassword))
	}
	if err != nil {
		return fmt.Errorf("privateKey cannot be used: %w", err)
	}
	config.Auth = append(config.Auth, ssh.PublicKeys(signer))
	return nil
}

func (e *endpoint) addPassword(config *ssh.ClientConfig) {
	if e.Password == nil {
		return
	}
	answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for i := range answers {
			answers[i] = *e.Password
		}
		return answers, nil
	}
	config.Auth = append(config.Auth, ssh.Password(*e.Password), ssh.KeyboardInteractive(answer))
}

// addAgent fails where the agent does not answer, even if a key was given: so does the official plugin.
func (e *endpoint) addAgent(config *ssh.ClientConfig) error {
	path := valueOr(e.AgentSocketPath, os.Getenv("SSH_AUTH_SOCK"))
	if path == "" && e.AgentSocketPath == nil {
		return nil
	}
	connection, err := net.Dial("unix", path)
	if err != nil {
		return fmt.Errorf("the SSH agent (agentSocketPath or SSH_AUTH_SOCK) does not answer: %w", err)
	}
	config.Auth = append(config.Auth, ssh.PublicKeysCallback(agent.NewClient(connection).Signers))
	return nil
}
