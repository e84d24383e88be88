package mithaq

import (
	"errors"
	"fmt"
	"time"
)

// inside names the place of a fault, or of each fault of several joined ones.
func inside(place string, err error) error {
	if err == nil {
		return nil
	}
	var placed []error
	for _, fault := range apart(err) {
		placed = append(placed, fmt.Errorf("%s: %w", place, fault))
	}
	return errors.Join(placed...)
}

// joined is the type of what errors.Join returns.
var joined = fmt.Sprintf("%T", errors.Join(Invalid))

// apart returns the faults that were joined, or the one fault there is.
func apart(err error) []error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok || fmt.Sprintf("%T", err) != joined {
		return []error{err}
	}
	var faults []error
	for _, fault := range several.Unwrap() {
		faults = append(faults, apart(fault)...)
	}
	return faults
}

// each checks every element of a list and names the place of each fault.
func each[T any](place string, list []T, check func(*T) error) []error {
	var faults []error
	for i := range list {
		if err := inside(fmt.Sprintf("%s[%d]", place, i), check(&list[i])); err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
