package stix

// The cyber-observable objects. STIX 2.1, 6

var address = refTo("ipv4-addr", "ipv6-addr", "mac-addr", "domain-name")

// fileTimes are the times a file system keeps. STIX 2.1, 6.3.1 / STIX 2.1, 6.7.1
var fileTimes = []entry{
	optional("ctime", instant),
	optional("mtime", instant),
	optional("atime", instant),
}

var _ = define("artifact", sco, "6.1",
	optional("mime_type", mimeType),
	optional("payload_bin", binary64),
	optional("url", urlMust("6.1.1")),
	optional("hashes", hashes),
	optional("encryption_algorithm", oneOf(encryptions)),
	optional("decryption_key", text),
	rules(
		exactlyOne("6.1", "payload_bin", "url"),
		needs("6.1.1", "url", "hashes"),
		needs("6.1.1", "decryption_key", "encryption_algorithm"),
	),
).from("hashes", "payload_bin").titled("url", "hashes")

var _ = define("autonomous-system", sco, "6.2",
	required("number", integer),
	optional("name", text),
	optional("rir", text),
).from("number").titled("name", "number")

var _ = define("directory", sco, "6.3", append(fileTimes,
	required("path", text),
	optional("path_enc", charset),
	optional("contains_refs", list(refTo("file", "directory"))),
	rules(needs("3.1", "path_enc", "path")),
)...).from("path").titled("path")

var _ = define("domain-name", sco, "6.4",
	required("value", domainName),
	optional("resolves_to_refs", list(refTo("ipv4-addr", "ipv6-addr", "domain-name"))),
).from("value")

var _ = define("email-addr", sco, "6.5",
	required("value", emailAddress),
	optional("display_name", text),
	optional("belongs_to_ref", refTo("user-account")),
).from("value")

var mailboxes = list(refTo("email-addr"))

var _ = define("email-message", sco, "6.6",
	required("is_multipart", boolean),
	optional("date", instant),
	optional("content_type", text),
	optional("from_ref", refTo("email-addr")),
	optional("sender_ref", refTo("email-addr")),
	optional("to_refs", mailboxes),
	optional("cc_refs", mailboxes),
	optional("bcc_refs", mailboxes),
	optional("message_id", text),
	optional("subject", text),
	optional("received_lines", names),
	optional("additional_header_fields", dictionary(headerField)),
	optional("body", text),
	optional("body_multipart", list(mimePart)),
	optional("raw_email_ref", refTo("artifact")),
	rules(bodyOfItsKind),
).from("from_ref", "subject", "body").titled("subject", "message_id")

// headerField is a list of strings by the text of the standard; a bare string
// is how STIX 2.0 and the schemas have it. STIX 2.1, 6.6.1
func headerField(c *checker, i int) {
	if c.kind(i) == kindString {
		c.advise(i, RuleKind, "6.6.1", "want a list of strings, not a string")
		return
	}
	names(c, i)
}

// mimePart is a part of a message. STIX 2.1, 6.6.2
var mimePart = record("6.6.2",
	optional("body", text),
	optional("body_raw_ref", refTo("artifact", "file")),
	optional("content_type", text),
	optional("content_disposition", text),
	rules(exactlyOne("6.6.2", "body", "body_raw_ref")),
)

// bodyOfItsKind: body is for messages of one part. STIX 2.1, 6.6.1
func bodyOfItsKind(c *checker, i int) {
	multi := c.o.member(i, "is_multipart")
	if multi == 0 {
		return
	}
	wrong := "body"
	if c.kind(multi) == kindFalse {
		wrong = "body_multipart"
	}
	if v := c.o.member(i, wrong); v != 0 {
		c.must(v, RuleExclusive, "6.6.1", wrong+" does not go with this is_multipart")
	}
}

var _ = define("file", sco, "6.7", append(fileTimes,
	optional("hashes", hashes),
	optional("size", notNegative),
	optional("name", text),
	optional("name_enc", charset),
	optional("magic_number_hex", hexadecimal),
	optional("mime_type", text),
	optional("parent_directory_ref", refTo("directory")),
	optional("contains_refs", list(anyID)),
	optional("content_ref", refTo("artifact")),
	rules(oneAtLeast("6.7", "hashes", "name"), needs("3.1", "name_enc", "name")),
)...).from("hashes", "name", "parent_directory_ref", "extensions").titled("name", "hashes").extended(fileExtensions)

var _ = define("ipv4-addr", sco, "6.8",
	required("value", ipv4),
	optional("resolves_to_refs", list(refTo("mac-addr"))),
	optional("belongs_to_refs", list(refTo("autonomous-system"))),
).from("value")

var _ = define("ipv6-addr", sco, "6.9",
	required("value", ipv6),
	optional("resolves_to_refs", list(refTo("mac-addr"))),
	optional("belongs_to_refs", list(refTo("autonomous-system"))),
).from("value")

var _ = define("mac-addr", sco, "6.10", required("value", macAddress)).from("value")

var _ = define("mutex", sco, "6.11", required("name", text)).from("name")

var port = within(0, 65535)

var _ = define("network-traffic", sco, "6.12",
	optional("start", instant),
	optional("end", instant),
	optional("is_active", boolean),
	optional("src_ref", address),
	optional("dst_ref", address),
	optional("src_port", port),
	optional("dst_port", port),
	required("protocols", names),
	optional("src_byte_count", integer),
	optional("dst_byte_count", integer),
	optional("src_packets", integer),
	optional("dst_packets", integer),
	optional("ipfix", dictionary(integerOrText)),
	optional("src_payload_ref", refTo("artifact")),
	optional("dst_payload_ref", refTo("artifact")),
	optional("encapsulates_refs", list(refTo("network-traffic"))),
	optional("encapsulated_by_ref", refTo("network-traffic")),
	rules(
		oneAtLeast("6.12", "src_ref", "dst_ref"),
		inOrder("start", "end", false, "6.12.1"),
		activeOrEnded,
	),
).from("start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions").
	titled("protocols").extended(trafficExtensions)

// activeOrEnded: what has ended is not active. STIX 2.1, 6.12.1
func activeOrEnded(c *checker, i int) {
	active, end := c.o.member(i, "is_active"), c.o.member(i, "end")
	if active != 0 && end != 0 && c.kind(active) == kindTrue {
		c.must(end, RuleExclusive, "6.12.1", "active traffic has no end")
	}
}

var _ = define("process", sco, "6.13",
	optional("is_hidden", boolean),
	optional("pid", integer),
	optional("created_time", instant),
	optional("cwd", text),
	optional("command_line", text),
	optional("environment_variables", dictionary(text)),
	optional("opened_connection_refs", list(refTo("network-traffic"))),
	optional("creator_user_ref", refTo("user-account")),
	optional("image_ref", refTo("file")),
	optional("parent_ref", refTo("process")),
	optional("child_refs", list(refTo("process"))),
	rules(ownProperty("6.13")),
).titled("command_line", "pid").extended(processExtensions)

// ownProperty asks for a property that is not one of the common ones, or for
// an extension where the type has some of its own.
func ownProperty(section string) rule {
	return func(c *checker, i int) {
		for m := range c.o.members(i) {
			b := c.o.bytes(m)
			own := c.def.props[string(b)] != nil && !commonToObservables[string(b)]
			if own || c.def.extensions != nil && string(b) == "extensions" {
				return
			}
		}
		c.must(i, RuleEmpty, section, "none of the properties of this type")
	}
}

var commonToObservables = map[string]bool{
	"type": true, "id": true, "spec_version": true, "object_marking_refs": true,
	"granular_markings": true, "extensions": true, "defanged": true,
}

var _ = define("software", sco, "6.14",
	required("name", text),
	optional("cpe", cpe),
	optional("swid", text),
	optional("languages", list(language)),
	optional("vendor", text),
	optional("version", text),
).from("name", "cpe", "swid", "vendor", "version")

var _ = define("url", sco, "6.15", required("value", urlMust("6.15.1"))).from("value")

var _ = define("user-account", sco, "6.16",
	optional("user_id", text),
	optional("credential", text),
	optional("account_login", text),
	optional("account_type", wordOf(accountTypes)),
	optional("display_name", text),
	optional("is_service_account", boolean),
	optional("is_privileged", boolean),
	optional("can_escalate_privs", boolean),
	optional("is_disabled", boolean),
	optional("account_created", instant),
	optional("account_expires", instant),
	optional("credential_last_changed", instant),
	optional("account_first_login", instant),
	optional("account_last_login", instant),
	rules(ownProperty("6.16")),
).from("account_type", "user_id", "account_login").titled("display_name", "account_login", "user_id").
	extended(accountExtensions)

var _ = define("windows-registry-key", sco, "6.17",
	optional("key", registryKey),
	optional("values", list(registryValue)),
	optional("modified_time", instant),
	optional("creator_user_ref", refTo("user-account")),
	optional("number_of_subkeys", integer),
	rules(ownProperty("6.17")),
).from("key", "values").titled("key")

// registryValue is a value of a registry key. STIX 2.1, 6.17.2
var registryValue = record("6.17.2",
	optional("name", text),
	optional("data", text),
	optional("data_type", oneOf(registryTypes)),
	some(1),
)

var _ = define("x509-certificate", sco, "6.18",
	optional("is_self_signed", boolean),
	optional("hashes", hashes),
	optional("version", text),
	optional("serial_number", text),
	optional("signature_algorithm", text),
	optional("issuer", text),
	optional("validity_not_before", instant),
	optional("validity_not_after", instant),
	optional("subject", text),
	optional("subject_public_key_algorithm", text),
	optional("subject_public_key_modulus", text),
	optional("subject_public_key_exponent", integer),
	optional("x509_v3_extensions", certificateExtensions),
	rules(ownProperty("6.18")),
).from("hashes", "serial_number").titled("subject", "serial_number", "hashes")

// certificateExtensions are the X.509 v3 extensions. STIX 2.1, 6.18.2
var certificateExtensions = record("6.18.2",
	optional("basic_constraints", text),
	optional("name_constraints", text),
	optional("policy_constraints", text),
	optional("key_usage", text),
	optional("extended_key_usage", text),
	optional("subject_key_identifier", text),
	optional("authority_key_identifier", text),
	optional("subject_alternative_name", text),
	optional("issuer_alternative_name", text),
	optional("subject_directory_attributes", text),
	optional("crl_distribution_points", text),
	optional("inhibit_any_policy", text),
	optional("private_key_usage_period_not_before", instant),
	optional("private_key_usage_period_not_after", instant),
	optional("certificate_policies", text),
	optional("policy_mappings", text),
	some(1),
)
