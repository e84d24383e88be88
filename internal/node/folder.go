package node

import "path/filepath"

// The layout of a node's folder.
const (
	configFile       = "mithaq.toml"
	organisationFile = "keys/organisation.key"
	nodeKeysFile     = "keys/node.key"
	peopleFolder     = "people"
	socketFile       = "run/api.sock"
)

// OrganisationKey is where the organisation's key lies, until it is taken away
// to a safe place.
func OrganisationKey(dir string) string { return filepath.Join(dir, organisationFile) }

// NodeKeys is where the operational keys lie.
func NodeKeys(dir string) string { return filepath.Join(dir, nodeKeysFile) }

// People is where init leaves the first persons' credentials and tokens for them
// to take.
func People(dir string) string { return filepath.Join(dir, peopleFolder) }

// Socket is where a running node answers the command line.
func Socket(dir string) string { return filepath.Join(dir, socketFile) }
