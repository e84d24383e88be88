package mithaq

import (
	"fmt"
	"time"
)

// inside names the place of a fault, if there is one.
func inside(place string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", place, err)
}

// each checks every element of a list and names the place of each fault.
func each[T any](place string, list []T, check func(*T) error) []error {
	var faults []error
	for i := range list {
		if err := check(&list[i]); err != nil {
			faults = append(faults, fmt.Errorf("%s[%d]: %w", place, i, err))
		}
	}
	return faults
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
