package remote

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
)

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
	pauseFactor  = 1.5
	unlimited    = -1
)

func (c *Connection) dial(ctx context.Context) (*ssh.Client, error) {
	config, err := c.clientConfig()
	if err != nil {
		return nil, err
	}
	if c.Proxy != nil {
		client, err := c.dialThroughProxy(ctx, config)
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		return client, nil
	}
	return retry(ctx, "Dialling", c.errorLimit(), func() (*ssh.Client, error) {
		return ssh.Dial("tcp", c.address(), config)
	})
}

func (c *Connection) dialThroughProxy(ctx context.Context, config *ssh.ClientConfig) (*ssh.Client, error) {
	proxyConfig, err := c.Proxy.clientConfig()
	if err != nil {
		return nil, err
	}
	proxy, err := retry(ctx, "Dialling the proxy", c.Proxy.errorLimit(), func() (*ssh.Client, error) {
		return ssh.Dial("tcp", c.Proxy.address(), proxyConfig)
	})
	if err != nil {
		return nil, err
	}
	tunnel, err := retry(ctx, "Dialling from the proxy", c.errorLimit(), func() (net.Conn, error) {
		return proxy.Dial("tcp", c.address())
	})
	if err != nil {
		return nil, err
	}
	return retry(ctx, "Dialling through the proxy", c.errorLimit(), func() (*ssh.Client, error) {
		connection, channels, requests, err := ssh.NewClientConn(tunnel, c.address(), config)
		if err != nil {
			return nil, err
		}
		return ssh.NewClient(connection, channels, requests), nil
	})
}

// retry tries up to limit+1 times: the limit counts the errors after which another try is made.
func retry[T any](ctx context.Context, what string, limit int, try func() (T, error)) (T, error) {
	pause := firstPause
	for failures := 1; ; failures++ {
		result, err := try()
		if err == nil {
			return result, nil
		}
		if limit > unlimited && failures > limit {
			return result, fmt.Errorf("%s failed %d times: %w", what, failures, err)
		}
		shown := "no limit"
		if limit > unlimited {
			shown = strconv.Itoa(limit)
		}
		p.GetLogger(ctx).InfoStatusf("%s failed (%d, limit %s): %v", what, failures, shown, err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return result, fmt.Errorf("%s was cancelled: %w", what, ctx.Err())
		}
		pause = min(time.Duration(float64(pause)*pauseFactor), longestPause)
	}
}
