// Package stix holds STIX 2.1.
package stix

// ID is a STIX identifier, type--UUID.
type ID string
