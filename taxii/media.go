package taxii

import (
	"mime"
	"net/http"
	"strings"
)

// acceptable reports whether an Accept header admits what we send.
// TAXII 2.1, 1.6.8 and 3.1
func acceptable(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil || strings.HasPrefix(params["q"], "0") && strings.Trim(params["q"], "0.") == "" {
			continue
		}
		switch media {
		case "*/*", "application/*":
			return true
		case "application/taxii+json":
			if v := params["version"]; v == "" || v == "2.1" {
				return true
			}
		}
	}
	return false
}

func checkAccept(r *http.Request) error {
	if !acceptable(strings.Join(r.Header.Values("Accept"), ",")) {
		return Errorf(http.StatusNotAcceptable, "Accept has to admit %s", MediaType)
	}
	return nil
}

// checkContentType holds a body to the TAXII media type. TAXII 2.1, 5.5
func checkContentType(r *http.Request) error {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/taxii+json" || (params["version"] != "" && params["version"] != "2.1") {
		return Errorf(http.StatusUnsupportedMediaType, "a body has to be %s", MediaType)
	}
	return nil
}
