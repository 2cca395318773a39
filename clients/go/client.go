package pawl

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Options say where the server is, and as whom to speak to it.
type Options struct {
	// Server, such as https://pawl.pawl.svc:8443.
	Server string
	// TokenFile is the projected token of a service account, for Pawl's audience. It is read for each request, so a
	// token that was rotated is used at once.
	TokenFile string
	// Token is asked instead of a file.
	Token func() (string, error)
	// CAFile is the authority to trust, PEM, read for each connection. Default: those the system trusts.
	CAFile string
	// CacheFolder is where last good values are kept, files that only their owner may read. Default: nowhere.
	CacheFolder string
	Pace        Pace
}

// Pace says how long to wait for what. Zero means the default.
type Pace struct {
	// Request is the longest wait for an answer, and for a stream to begin. Default: 10 s.
	Request time.Duration
	// Idle: a stream that says nothing for so long is broken; the server says something every 15 s. Default: 45 s.
	Idle time.Duration
	// MinBackOff and MaxBackOff: the wait doubles with each failure in a row, and half of it is chance. Default: 500 ms,
	// 30 s.
	MinBackOff, MaxBackOff time.Duration
	// Start is how long Watch waits for a first value where there is none on disk. Default: 30 s.
	Start time.Duration
	// Save is how long a save is repeated while nobody knows what became of it. Default: 30 s.
	Save time.Duration
}

func (p Pace) filled() Pace {
	set := func(field *time.Duration, usual time.Duration) {
		if *field == 0 {
			*field = usual
		}
	}
	set(&p.Request, 10*time.Second)
	set(&p.Idle, 45*time.Second)
	set(&p.MinBackOff, 500*time.Millisecond)
	set(&p.MaxBackOff, 30*time.Second)
	set(&p.Start, 30*time.Second)
	set(&p.Save, 30*time.Second)
	return p
}

// Client reads, follows and saves configs of one server. After Close nothing of it runs.
type Client struct {
	options   Options
	pace      Pace
	transport *http.Transport
	disk      *disk
	ended     context.Context
	end       context.CancelFunc
	running   sync.WaitGroup
}

// Connect makes a client. It does not speak to the server yet.
func Connect(options Options) (*Client, error) {
	if !strings.HasPrefix(options.Server, "https://") {
		return nil, failed(Unavailable, nil, "the server %q is not an https:// URL: Pawl is never served without TLS", options.Server)
	}
	options.Server = strings.TrimRight(options.Server, "/")
	if options.Token == nil {
		if options.TokenFile == "" {
			return nil, failed(NoToken, nil, "Connect needs a TokenFile or a Token")
		}
		options.Token = func() (string, error) {
			text, err := os.ReadFile(options.TokenFile)
			return string(text), err
		}
	}
	client := &Client{options: options, pace: options.Pace.filled()}
	// Without a bound of connections: each config that is followed holds one.
	client.transport = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute}
	if options.CAFile != "" {
		client.transport.DialTLSContext = client.dial
	}
	if options.CacheFolder != "" {
		client.disk = &disk{folder: options.CacheFolder, server: options.Server}
	}
	client.ended, client.end = context.WithCancel(context.Background())
	return client, nil
}

// Close ends every watch and every connection, and waits until they have ended. It must not be called by a callback.
func (c *Client) Close() {
	c.end()
	c.running.Wait()
	c.transport.CloseIdleConnections()
}

// dial trusts the authority that is in the file now.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	pem, err := os.ReadFile(c.options.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate", c.options.CAFile)
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return dialer.DialContext(ctx, network, address)
}

// whileOpen is the caller's context, which ends with the client, too.
func (c *Client) whileOpen(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ended, cancel)
	return ctx, func() { stop(); cancel() }
}
