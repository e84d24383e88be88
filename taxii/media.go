package taxii

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// acceptable reports whether an Accept header admits what we send: the range
// that says most about our media type decides.
// TAXII 2.1, 1.6.8 and 3.1. RFC 9110, 12.5.1
func acceptable(header string) bool {
	if header == MediaType {
		return true
	}
	best, admitted := 0, false
	for part := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		switch says := specific(media, params["version"]); {
		case says > best:
			best, admitted = says, weight(params["q"])
		case says == best && says > 0:
			admitted = admitted || weight(params["q"])
		}
	}
	return admitted
}

// specific is how closely a media range names our media type; 0 means not at all.
func specific(media, version string) int {
	switch {
	case media == "*/*":
		return 1
	case media == "application/*":
		return 2
	case media != "application/taxii+json":
		return 0
	case version == "":
		return 3
	case version == "2.1":
		return 4
	}
	return 0
}

// weight reports whether a q admits anything; one that cannot be read does.
func weight(q string) bool {
	f, err := strconv.ParseFloat(q, 64)
	return err != nil || f > 0
}

func checkAccept(r *http.Request) error {
	if !acceptable(strings.Join(r.Header.Values("Accept"), ",")) {
		return Errorf(http.StatusNotAcceptable, "Accept has to admit %s", MediaType)
	}
	return nil
}

// checkContentType holds a body to the TAXII media type. TAXII 2.1, 5.5
func checkContentType(r *http.Request) error {
	if all := r.Header.Values("Content-Type"); len(all) == 1 {
		media, params, err := mime.ParseMediaType(all[0])
		if err == nil && media == "application/taxii+json" && (params["version"] == "" || params["version"] == "2.1") {
			return nil
		}
	}
	return Errorf(http.StatusUnsupportedMediaType, "a body has to be %s", MediaType)
}
