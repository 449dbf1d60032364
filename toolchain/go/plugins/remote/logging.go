package remote

import (
	"context"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Logging says which of a command's outputs appear while it runs.
type Logging string

const (
	logStdout Logging = "stdout"
	logStderr Logging = "stderr"
	logBoth   Logging = "stdoutAndStderr"
	logNone   Logging = "none"
)

// Values are the allowed settings.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: string(logStdout), Value: logStdout, Description: "Show stdout only"},
		{Name: string(logStderr), Value: logStderr, Description: "Show stderr only"},
		{Name: string(logBoth), Value: logBoth, Description: "Show stdout and stderr"},
		{Name: string(logNone), Value: logNone, Description: "Show nothing"},
	}
}

func (l *Logging) shows(stream Logging) bool {
	return l == nil || *l == logBoth || *l == stream
}

// longestLine is where the official plugin stops reading its log and the command then hangs for ever.
const longestLine = 64*1024 - 1

// lineLogger shows what is written to it line by line; stdout and stderr share one, hence the lock.
type lineLogger struct {
	logger  p.Logger
	mutex   sync.Mutex
	partial []byte
	tooLong bool
}

func newLineLogger(ctx context.Context) *lineLogger {
	return &lineLogger{logger: p.GetLogger(ctx)}
}

func (l *lineLogger) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, b := range data {
		switch {
		case b == '\n':
			l.show()
		case len(l.partial) < longestLine:
			l.partial = append(l.partial, b)
		default:
			l.tooLong = true
		}
	}
	return len(data), nil
}

func (l *lineLogger) show() {
	line := l.partial
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	l.logger.InfoStatus(string(line))
	l.partial = nil
}

// Close shows an unfinished last line and tells whether a line was too long to show.
func (l *lineLogger) Close() (tooLong bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.partial) > 0 {
		l.show()
	}
	return l.tooLong
}
