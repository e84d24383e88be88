package taxii

import (
	"context"
	"fmt"
	"net"
	"strings"
)

// A Resolver looks up SRV records; [net.Resolver] is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

// Lookup asks DNS where an organisation's TAXII server is: the discovery URLs
// of its SRV records, best first. A record whose target is the root says that
// there is none, and gives none. TAXII 2.1, 3.9
func Lookup(ctx context.Context, dns Resolver, domain string) (urls []string, err error) {
	_, found, err := dns.LookupSRV(ctx, "taxii2", "tcp", domain)
	for _, s := range found {
		if host := strings.TrimSuffix(s.Target, "."); host != "" {
			urls = append(urls, fmt.Sprintf("https://%s/taxii2/", net.JoinHostPort(host, fmt.Sprint(s.Port))))
		}
	}
	return urls, err
}
