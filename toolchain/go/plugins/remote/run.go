package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
)

const (
	previousStdout = "PULUMI_COMMAND_STDOUT"
	previousStderr = "PULUMI_COMMAND_STDERR"
)

// run executes one command on the host. Its error holds the command and all that it printed, never its stdin.
func (s State) run(ctx context.Context, command string) (Outputs, error) {
	client, err := s.Connection.dial(ctx)
	if err != nil {
		return s.Outputs, err
	}
	// As in the official plugin the connection stays open until the plugin ends: who counts sessions on a
	// host must see the same with both.
	session, err := client.NewSession()
	if err != nil {
		return s.Outputs, fmt.Errorf("the host refused a session: %w", err)
	}
	defer session.Close()
	if err := s.setEnvironment(ctx, session); err != nil {
		return s.Outputs, err
	}
	if s.Stdin != nil && *s.Stdin != "" {
		session.Stdin = strings.NewReader(*s.Stdin)
	}

	var stdout, stderr bytes.Buffer
	both := &lockedBuffer{}
	log := newLineLogger(ctx)
	session.Stdout = s.tee(logStdout, log, &stdout, both)
	session.Stderr = s.tee(logStderr, log, &stderr, both)
	err = session.Run(command)
	tooLong := log.Close()
	if err != nil {
		return s.Outputs, fmt.Errorf("%w: the command was %q and printed:\n%s", err, command, both.String())
	}
	if tooLong {
		return s.Outputs, fmt.Errorf("the command %q printed a line of more than %d bytes, "+
			"on which Pulumi's own plugin would hang: set logging to \"none\"", command, longestLine)
	}
	return Outputs{
		Stdout: strings.TrimSuffix(stdout.String(), "\n"),
		Stderr: strings.TrimSuffix(stderr.String(), "\n"),
	}, nil
}

func (s State) tee(stream Logging, log io.Writer, writers ...io.Writer) io.Writer {
	if s.Logging.shows(stream) {
		writers = append(writers, log)
	}
	return io.MultiWriter(writers...)
}

// setEnvironment fails where the host accepts none of the caller's variables, and only warns for the output of
// the previous run: nobody asked for that.
func (s State) setEnvironment(ctx context.Context, session *ssh.Session) error {
	for name, value := range s.Environment {
		if err := session.Setenv(name, value); err != nil {
			return fmt.Errorf("the host does not accept the environment variable %q "+
				"(AcceptEnv in its sshd_config allows it): %w", name, err)
		}
	}
	if s.AddPreviousOutputInEnv != nil && !*s.AddPreviousOutputInEnv {
		return nil
	}
	previous := []struct{ name, value string }{{previousStdout, s.Stdout}, {previousStderr, s.Stderr}}
	for _, variable := range previous {
		if variable.value == "" {
			continue
		}
		if err := session.Setenv(variable.name, variable.value); err != nil {
			p.GetLogger(ctx).Warningf("The host does not accept the environment variable %q: "+
				"allow it by AcceptEnv in its sshd_config, or set addPreviousOutputInEnv to false.", variable.name)
		}
	}
	return nil
}

// lockedBuffer collects stdout and stderr in the order in which they arrive.
type lockedBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(data []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(data)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}
