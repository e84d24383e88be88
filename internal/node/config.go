package node

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/durable"
)

// Config is the file mithaq.toml in a node's folder. What is not in it has the
// value of Default; what it does not know is an error.
type Config struct {
	Organisation mithaq.OrgID      `toml:"organisation" comment:"The organisation's name, shaped like a domain: atlas.example"`
	Name         map[string]string `toml:"name" comment:"What people call it, by language: en, ar, fr, tr"`
	Language     string            `toml:"language" comment:"The language of the node's own messages: ar, fr, en or tr"`
	Address      string            `toml:"address" comment:"Where partners reach this node: https://host:port. Empty: they cannot, and it fetches what waits for it"`
	Listen       string            `toml:"listen" comment:"Where the node listens for partners: host:port. Empty: it does not"`
	Tools        string            `toml:"tools" comment:"Where TAXII tools and MISP clients of this organisation read and write, on this machine: host:port. Empty: nowhere"`
	Pages        string            `toml:"pages" comment:"Where people's browsers reach this node: host:port. Empty: nowhere. Without a certificate it stays on this machine"`
	PagesCert    string            `toml:"pages_certificate" comment:"The certificates for it, a file in PEM. Empty: no TLS"`
	PagesKey     string            `toml:"pages_key" comment:"The key of the first of them, likewise"`
	PagesNames   []string          `toml:"pages_names" comment:"Host names by which browsers call it, beside that of pages and this machine's"`
	Operators    string            `toml:"operators" comment:"Where health and metrics are read, without TLS: host:port, 127.0.0.1:7470 for example. Empty: nowhere"`
	OpNames      []string          `toml:"operators_names" comment:"Host names by which they are asked for. Wider than this machine only where there is one"`
	Drain        int               `toml:"drain_seconds" comment:"How long the node still serves after it was told to stop, saying so at /readyz, for a load balancer that has to notice"`
	Store        string            `toml:"store" comment:"Where items are kept: sqlite, in this folder, or postgres://..."`
	Process      string            `toml:"process" comment:"What this process is called, where several serve one node from one PostgreSQL: each has a folder and a name of its own"`
	Secret       string            `toml:"secret" comment:"Where the passphrase of the node's keys comes from: prompt, file:PATH, credential:NAME, env:NAME"`
	RedLines     string            `toml:"red_lines" comment:"A Cedar file of what never leaves, whatever a pact says. Empty: none"`
	BackupDays   int               `toml:"backup_days" comment:"How long a backup is kept: statements of erasure say so"`
	Contacts     []Contact         `toml:"contacts" comment:"How the people of this node are reached; partners see it on the card"`
}

// Contact is one way to reach the people of a node.
type Contact struct {
	Kind      string   `toml:"kind" comment:"phone, mail, radio or post"`
	Value     string   `toml:"value"`
	Languages []string `toml:"languages" comment:"spoken there"`
	Always    bool     `toml:"always" comment:"day and night"`
}

// Default works on a laptop.
func Default(org mithaq.OrgID) Config {
	return Config{
		Organisation: org,
		Name:         map[string]string{"en": string(org)},
		Language:     "en",
		Address:      "",
		Listen:       "127.0.0.1:7443",
		Tools:        "127.0.0.1:7480",
		Pages:        "127.0.0.1:7490",
		PagesNames:   []string{},
		OpNames:      []string{},
		Store:        "sqlite",
		Secret:       "prompt",
		BackupDays:   30,
	}
}

// Check reports everything that is wrong, each fault with its key.
func (c *Config) Check() error {
	return errors.Join(
		c.checkName(), c.checkAddress(),
		checkListen("listen", c.Listen, false), checkListen("tools", c.Tools, true), c.checkPages(), c.checkOperators(),
		c.checkStore(), c.checkSecret(), c.checkContacts(),
	)
}

func (c *Config) checkName() error {
	var faults []error
	if err := c.Organisation.Check(); err != nil {
		faults = append(faults, fmt.Errorf("organisation: want a name such as atlas.example, have %q", c.Organisation))
	}
	if len(c.Name) == 0 {
		faults = append(faults, errors.New("name: want at least one language, such as name.en"))
	}
	if !slices.Contains([]string{"ar", "fr", "en", "tr"}, c.Language) {
		faults = append(faults, fmt.Errorf("language: want ar, fr, en or tr, have %q", c.Language))
	}
	return errors.Join(faults...)
}

func (c *Config) checkAddress() error {
	if c.Address == "" {
		return nil
	}
	u, err := url.Parse(c.Address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("address: want https://host:port, have %q", c.Address)
	}
	return nil
}

// checkListen wants a host and port; tools without TLS stay on this machine.
func checkListen(key, addr string, local bool) error {
	if addr == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%s: want host:port, have %q", key, addr)
	}
	if ip := net.ParseIP(host); local && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s: is without TLS and stays on this machine (127.0.0.1 or localhost), have %q", key, addr)
	}
	return nil
}

// checkPages wants a certificate where browsers of other machines come.
func (c *Config) checkPages() error {
	if (c.PagesCert == "") != (c.PagesKey == "") {
		return errors.New("pages_certificate, pages_key: want both or none")
	}
	return checkListen("pages", c.Pages, c.PagesCert == "")
}

// checkOperators wants names where others than this machine ask, since there is no
// TLS and whoever asks is not asked who he is.
func (c *Config) checkOperators() error {
	var faults []error
	if c.Drain < 0 || c.Drain > 300 {
		faults = append(faults, fmt.Errorf("drain_seconds: want 0 to 300, have %d", c.Drain))
	}
	return errors.Join(append(faults, checkListen("operators", c.Operators, len(c.OpNames) == 0))...)
}

func (c *Config) checkStore() error {
	var faults []error
	if c.Store != "sqlite" && !strings.HasPrefix(c.Store, "postgres://") {
		faults = append(faults, fmt.Errorf("store: want sqlite or postgres://..., have %q", c.Store))
	}
	if c.BackupDays < 0 || c.BackupDays > 3650 {
		faults = append(faults, fmt.Errorf("backup_days: want 0 to 3650, have %d", c.BackupDays))
	}
	return errors.Join(faults...)
}

func (c *Config) checkSecret() error {
	kind, rest, _ := strings.Cut(c.Secret, ":")
	switch {
	case c.Secret == "prompt", slices.Contains([]string{"file", "credential", "env"}, kind) && rest != "":
		return nil
	}
	return fmt.Errorf("secret: want prompt, file:PATH, credential:NAME or env:NAME, have %q", c.Secret)
}

func (c *Config) checkContacts() error {
	var faults []error
	for i, p := range c.Contacts {
		if !slices.Contains([]string{"phone", "mail", "radio", "post"}, p.Kind) || p.Value == "" {
			faults = append(faults, fmt.Errorf("contacts[%d]: want a kind (phone, mail, radio, post) and a value", i))
		}
	}
	return errors.Join(faults...)
}

// ownDomains are the names by which a value can be seen to be the organisation's
// own: the one it is called by, and that of its address.
func (c *Config) ownDomains() []string {
	own := []string{string(c.Organisation)}
	if u, err := url.Parse(c.Address); err == nil && net.ParseIP(u.Hostname()) == nil && strings.Contains(u.Hostname(), ".") {
		own = append(own, strings.ToLower(u.Hostname()))
	}
	return own
}

// ReadConfig reads the file in a folder, strictly, and checks it.
func ReadConfig(dir string) (Config, error) {
	path := filepath.Join(dir, configFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Config{}, mithaq.Refuse(mithaq.NotFound, "node.no-folder", dir)
	}
	if err != nil {
		return Config{}, err
	}
	c := Default("")
	c.Name = nil
	d := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, mithaq.Refuse(mithaq.Invalid, "node.config", path, tomlFault(err))
	}
	if err := c.Check(); err != nil {
		return c, mithaq.Refuse(mithaq.Invalid, "node.config", path, err.Error())
	}
	return c, nil
}

// tomlFault says where the file is not as it should be.
func tomlFault(err error) string {
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		var keys []string
		for i := range unknown.Errors {
			row, _ := unknown.Errors[i].Position()
			keys = append(keys, fmt.Sprintf("line %d: %s: no such key", row, strings.Join(unknown.Errors[i].Key(), ".")))
		}
		return strings.Join(keys, "\n")
	}
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := at.Position()
		return fmt.Sprintf("line %d, column %d: %s", row, column, strings.TrimPrefix(at.Error(), "toml: "))
	}
	return err.Error()
}

// Example is the reference of all keys, as a file to begin from.
func Example() ([]byte, error) {
	c := Default("atlas.example")
	c.Address = "https://atlas.example:7443"
	c.Contacts = []Contact{{Kind: "phone", Value: "+000 00 00 00", Languages: []string{"ar", "fr"}, Always: true}}
	return toml.Marshal(c)
}

func (c *Config) write(dir string) error {
	raw, err := toml.Marshal(c)
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, configFile), raw)
}
