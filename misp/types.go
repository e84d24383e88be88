package misp

import (
	"iter"
	"sort"
)

// An AttributeType is what MISP says of one type of attribute.
type AttributeType struct {
	Name     string
	Category string // the usual one
	ToIDs    bool   // whether it is for detection unless one says otherwise
	allowed  uint32 // a bit for each of categories
}

// LookupType finds a type of attribute by its name.
func LookupType(name string) (AttributeType, bool) {
	all := attributeTypes[:]
	i := sort.Search(len(all), func(i int) bool { return all[i].Name >= name })
	if i == len(all) || all[i].Name != name {
		return AttributeType{}, false
	}
	return all[i], true
}

// AttributeTypes goes through all types of attributes, by name.
func AttributeTypes() iter.Seq[AttributeType] {
	return func(yield func(AttributeType) bool) {
		for _, t := range attributeTypes {
			if !yield(t) {
				return
			}
		}
	}
}

// Categories lists the categories of attributes.
func Categories() []string { return append([]string(nil), categories[:]...) }

// Categories are the categories that the type is allowed in.
func (t AttributeType) Categories() []string {
	var list []string
	for i, name := range categories {
		if t.allowed&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// In tells whether the type is allowed in a category.
func (t AttributeType) In(category string) bool {
	for i, name := range categories {
		if name == category {
			return t.allowed&(1<<i) != 0
		}
	}
	return false
}
