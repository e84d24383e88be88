package check

// endpoint is one of the standard's GET endpoints. TAXII 2.1, 3.1
type endpoint struct {
	name, section string
	path          func(*probe) string // "" when there is nothing to ask it of
	list          string              // member of a listing that holds its records
}

var endpoints = []endpoint{
	{"discovery", "4.1", func(*probe) string { return "/taxii2/" }, ""},
	{"root", "4.2", func(p *probe) string { return p.root }, ""},
	{"status", "4.3", func(p *probe) string {
		if p.status == "" {
			return ""
		}
		return p.root + "status/" + p.status + "/"
	}, ""},
	{"collections", "5.1", func(p *probe) string { return p.root + "collections/" }, ""},
	{"collection", "5.2", func(p *probe) string { return p.at("") }, ""},
	{"manifest", "5.3", func(p *probe) string { return p.at("manifest/") }, "objects"},
	{"objects", "5.4", func(p *probe) string { return p.at("objects/") }, "objects"},
	{"object", "5.6", func(p *probe) string { return p.one("") }, "objects"},
	{"versions", "5.8", func(p *probe) string { return p.one("versions/") }, "versions"},
}

// listings are the endpoints that page and filter.
var listings = endpoints[5:]

// each makes a check of each of some endpoints.
func each(of []endpoint, id string, level Level, section, text string, run func(*try, string)) (all []Check) {
	for _, e := range of {
		all = append(all, Check{id + "." + e.name, level, section, text + " (" + e.name + ").", func(t *try) {
			path := e.path(t.probe)
			if path == "" {
				t.skipf("the server has nothing to ask this of, or no collection to write to was named")
			}
			run(t, path)
		}})
	}
	return all
}
