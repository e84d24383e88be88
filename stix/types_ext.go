package stix

import "strings"

// The predefined extensions. STIX 2.1, 3.10

var fileExtensions = map[string]*table{
	"archive-ext": newTable("6.7.2",
		required("contains_refs", list(refTo("file", "directory"))),
		optional("comment", text),
	),
	"ntfs-ext": newTable("6.7.3",
		optional("sid", text),
		optional("alternate_data_streams", list(record("6.7.3",
			required("name", text),
			optional("hashes", hashes),
			optional("size", notNegative),
		))),
		some(1),
	),
	"pdf-ext": newTable("6.7.4",
		optional("version", text),
		optional("is_optimized", boolean),
		optional("document_info_dict", dictionary(text)),
		optional("pdfid0", text),
		optional("pdfid1", text),
		some(1),
	),
	"raster-image-ext": newTable("6.7.5",
		optional("image_height", integer),
		optional("image_width", integer),
		optional("bits_per_pixel", integer),
		optional("exif_tags", dictionary(integerOrText)),
		some(1),
	),
	"windows-pebinary-ext": newTable("6.7.6",
		required("pe_type", wordOf(peTypes)),
		optional("imphash", text),
		optional("machine_hex", hexadecimal),
		optional("number_of_sections", notNegative),
		optional("time_date_stamp", wholeSecond),
		optional("pointer_to_symbol_table_hex", hexadecimal),
		optional("number_of_symbols", notNegative),
		optional("size_of_optional_header", notNegative),
		optional("characteristics_hex", hexadecimal),
		optional("file_header_hashes", hashes),
		optional("optional_header", optionalHeader),
		optional("sections", list(record("6.7.6",
			required("name", text),
			optional("size", notNegative),
			optional("entropy", float),
			optional("hashes", hashes),
		))),
		some(2),
	),
}

var optionalHeader = record("6.7.6", append(
	each(integer, `major_linker_version minor_linker_version address_of_entry_point base_of_code base_of_data
		image_base section_alignment file_alignment major_os_version minor_os_version major_image_version
		minor_image_version major_subsystem_version minor_subsystem_version number_of_rva_and_sizes`),
	append(
		each(notNegative, `size_of_code size_of_initialized_data size_of_uninitialized_data size_of_image
			size_of_headers size_of_stack_reserve size_of_stack_commit size_of_heap_reserve size_of_heap_commit`),
		append(
			each(hexadecimal, `magic_hex win32_version_value_hex checksum_hex subsystem_hex dll_characteristics_hex loader_flags_hex`),
			optional("hashes", hashes),
			some(1),
		)...,
	)...,
)...)

// each makes optional properties of one shape.
func each(s shape, names string) []entry {
	var all []entry
	for name := range strings.FieldsSeq(names) {
		all = append(all, optional(name, s))
	}
	return all
}

var trafficExtensions = map[string]*table{
	"http-request-ext": newTable("6.12.2",
		required("request_method", text),
		required("request_value", text),
		optional("request_version", text),
		optional("request_header", dictionary(list(text))),
		optional("message_body_length", integer),
		optional("message_body_data_ref", refTo("artifact")),
	),
	"icmp-ext": newTable("6.12.3",
		required("icmp_type_hex", hexadecimal),
		required("icmp_code_hex", hexadecimal),
	),
	"socket-ext": newTable("6.12.4",
		required("address_family", oneOf(addressFamilies)),
		optional("is_blocking", boolean),
		optional("is_listening", boolean),
		optional("options", dictionary(integer)),
		optional("socket_type", oneOf(socketTypes)),
		optional("socket_descriptor", notNegative),
		optional("socket_handle", integer),
	),
	"tcp-ext": newTable("6.12.5",
		optional("src_flags_hex", hexadecimal),
		optional("dst_flags_hex", hexadecimal),
		some(1),
	),
}

var processExtensions = map[string]*table{
	"windows-process-ext": newTable("6.13.2",
		optional("aslr_enabled", boolean),
		optional("dep_enabled", boolean),
		optional("priority", text),
		optional("owner_sid", text),
		optional("window_title", text),
		optional("windows_title", text), // as the text of the standard has it
		optional("startup_info", dictionary(anything)),
		optional("integrity_level", oneOf(integrityLevels)),
		some(1),
	),
	"windows-service-ext": newTable("6.13.3",
		optional("service_name", text),
		optional("descriptions", names),
		optional("display_name", text),
		optional("group_name", text),
		optional("start_type", oneOf(serviceStarts)),
		optional("service_dll_refs", list(refTo("file"))),
		optional("service_type", oneOf(serviceTypes)),
		optional("service_status", oneOf(serviceStates)),
		some(1),
	),
}

var accountExtensions = map[string]*table{
	"unix-account-ext": newTable("6.16.2",
		optional("gid", integer),
		optional("groups", names),
		optional("home_dir", text),
		optional("shell", text),
		some(1),
	),
}

// extensions is the dictionary of an object's extensions. STIX 2.1, 3.2
func extensions(c *checker, i int) {
	if !c.isKind(i, kindObject, "3.2") {
		return
	}
	empty := true
	for k, v := range c.o.members(i) {
		empty = false
		c.extension(k, v)
	}
	if empty {
		c.must(i, RuleEmpty, "2.3", "an empty dictionary")
	}
}

func (c *checker) extension(k, v int) {
	key := c.o.bytes(k)
	var known *table
	if c.def != nil {
		known = c.def.extensions[string(key)]
	}
	if !c.isKind(v, kindObject, "3.2") {
		return
	}
	if c.o.nodes[v].next == uint32(v+1) {
		c.must(v, RuleEmpty, "2.3", "an empty extension")
	}
	switch {
	case known != nil:
		c.table(v, known, known.section)
		c.extensionKeys(v)
	case strings.HasPrefix(string(key), "extension-definition--"):
		c.definedExtension(k, v)
	default:
		c.customExtension(k)
		c.freeMembers(v)
	}
}

// extensionKeys checks the names of what is in a predefined extension.
// STIX 2.1, 2.3
func (c *checker) extensionKeys(i int) {
	for m := range c.o.members(i) {
		if !isDictionaryKey(c.o.bytes(m)) {
			c.must(m, RuleKey, "2.3", "not a dictionary key")
		}
	}
}

// definedExtension is one that an extension-definition defines.
// STIX 2.1, 7.3
func (c *checker) definedExtension(k, v int) {
	if _, ok := splitID(c.o.bytes(k)); !ok {
		c.must(k, RuleID, "3.2", "not the id of an extension-definition")
	}
	if kind := c.o.member(v, "extension_type"); kind == 0 {
		c.missing(v, "extension_type", RuleRequired, "3.2", "the property extension_type is required")
	} else {
		oneOf(extensionTypes)(c, kind)
	}
	c.freeMembers(v)
}

// customExtension is one outside the standard and without a definition.
// STIX 2.1, 11.3.1
func (c *checker) customExtension(k int) {
	key := c.o.bytes(k)
	switch {
	case !isTypeName(key) || !strings.HasSuffix(string(key), "-ext"):
		c.must(k, RuleExtension, "11.3.1", "neither the id of an extension-definition nor a name that ends in -ext")
	case c.def != nil && c.def.name == "marking-definition":
		c.must(k, RuleExtension, "7.2.1", "want the id of an extension-definition")
	default:
		c.advise(k, RuleDeprecated, "11.3", "an extension without an extension-definition")
	}
}

// freeMembers checks the members of an extension that we have no table for.
// STIX 2.1, 7.3.2
func (c *checker) freeMembers(i int) {
	for m, v := range c.o.members(i) {
		c.customProperty(m, v, true)
	}
}
