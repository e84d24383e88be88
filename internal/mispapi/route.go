package mispapi

import (
	"net/http"
	"strings"
)

// A path is what MISP reads in a URL: /events/view/12/deleted:1 is the controller
// events, the action view, the argument 12 and the parameter deleted.
type path struct {
	controller string // in lower case without _, since MISP takes several spellings
	action     string
	args       []string
	named      map[string][]string
}

func parsePath(url string) path {
	p := path{named: map[string][]string{}}
	var words []string
	for word := range strings.SplitSeq(strings.Trim(url, "/"), "/") {
		name, value, ok := strings.Cut(word, ":")
		if ok && len(words) > 0 {
			name = strings.TrimSuffix(name, "[]")
			p.named[name] = append(p.named[name], strings.TrimSuffix(value, ".json"))
			continue
		}
		words = append(words, word)
	}
	words[len(words)-1] = strings.TrimSuffix(words[len(words)-1], ".json")
	p.controller = spelling(words[0])
	if len(words) > 1 {
		p.action, p.args = words[1], words[2:]
	}
	return p
}

func spelling(word string) string { return strings.ToLower(strings.ReplaceAll(word, "_", "")) }

func (p *path) arg(i int) string {
	if i < len(p.args) {
		return p.args[i]
	}
	return ""
}

// resource reads /events/12 as MISP does: by the method. GET is view, DELETE is
// delete, POST and PUT are edit; without an argument GET is index and POST is add.
func (p *path) resource(method string) {
	byMethod := map[string]string{http.MethodGet: "view", http.MethodHead: "view", http.MethodDelete: "delete", http.MethodPost: "edit", http.MethodPut: "edit"}
	switch {
	case p.action == "" && method == http.MethodPost:
		p.action = "add"
	case p.action == "":
		p.action = "index"
	case isNumber(p.action) || isUUID(p.action):
		p.args = append([]string{p.action}, p.args...)
		p.action = byMethod[method]
	}
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func isUUID(text string) bool {
	return len(text) == 36 && strings.Count(text, "-") == 4 && strings.Trim(strings.ToLower(text), "0123456789abcdef-") == ""
}

// An answerer does what one route asks for.
type answerer func(c *call) error

// A route is an action and the methods by which it may be called.
type route struct {
	methods string
	answer  answerer
}

const (
	reads  = "GET HEAD"
	writes = "POST PUT"
	asks   = "GET HEAD POST" // reading with filters in the body
	ends   = "POST DELETE PUT"
)

// routes is the table of contents.
var routes = map[string]route{
	"servers/getversion":                     {reads, (*call).version},
	"servers/getpymispversion":               {reads, (*call).clientVersion},
	"servers/posttest":                       {writes, (*call).postTest},
	"servers/getavailablesyncfilteringrules": {reads, (*call).noRules},
	"servers/index":                          {reads, (*call).none},
	"users/view":                             {reads, (*call).user},
	"roles/index":                            {reads, (*call).roles},
	"organisations/index":                    {reads, (*call).organisations},
	"organisations/view":                     {reads, (*call).organisation},
	"attributes/describetypes":               {reads, (*call).describeTypes},
	"attributetypes/index":                   {reads, (*call).describeTypes},

	"events/add":                   {writes, (*call).addEvent},
	"events/edit":                  {writes, (*call).editEvent},
	"events/view":                  {asks, (*call).viewEvent},
	"events/index":                 {asks, (*call).indexEvents},
	"events/delete":                {ends, (*call).deleteEvent},
	"events/publish":               {writes, (*call).publishEvent},
	"events/alert":                 {writes, (*call).publishEvent},
	"events/unpublish":             {writes, (*call).unpublishEvent},
	"events/restsearch":            {asks, (*call).searchEvents},
	"events/filtereventidsforpush": {writes, (*call).eventsWanted},

	"attributes/add":        {writes, (*call).addAttribute},
	"attributes/edit":       {writes, (*call).editAttribute},
	"attributes/view":       {asks, (*call).viewAttribute},
	"attributes/index":      {asks, (*call).searchAttributes},
	"attributes/delete":     {ends, (*call).deleteAttribute},
	"attributes/restore":    {writes, (*call).restore},
	"attributes/restsearch": {asks, (*call).searchAttributes},

	"objects/add":             {writes, (*call).addObject},
	"objects/edit":            {writes, (*call).editObject},
	"objects/view":            {asks, (*call).viewObject},
	"objects/delete":          {ends, (*call).deleteObject},
	"objects/restsearch":      {asks, (*call).searchObjects},
	"objectreferences/add":    {writes, (*call).addReference},
	"objectreferences/delete": {ends, (*call).deleteReference},

	"eventreports/add":    {writes, (*call).addReport},
	"eventreports/edit":   {writes, (*call).editReport},
	"eventreports/view":   {reads, (*call).viewReport},
	"eventreports/index":  {reads, (*call).indexReports},
	"eventreports/delete": {ends, (*call).deleteReport},

	"tags/attachtagtoobject":   {writes, (*call).attachTag},
	"tags/removetagfromobject": {writes, (*call).removeTag},
	"tags/index":               {reads, (*call).indexTags},
	"tags/search":              {asks, (*call).searchTags},

	"sightings/add":               {writes, (*call).addSighting},
	"sightings/listsightings":     {asks, (*call).listSightings},
	"sightings/index":             {asks, (*call).listSightings},
	"sightings/restsearch":        {asks, (*call).searchSightings},
	"sightings/bulksavesightings": {writes, (*call).saveSightings},

	"feeds/index":               {reads, (*call).none},
	"shadowattributes/index":    {asks, (*call).none},
	"sharinggroups/index":       {reads, (*call).noSharingGroups},
	"galaxyclusters/restsearch": {asks, (*call).none},
	"galaxies/index":            {reads, (*call).none},
	"analystdata/indexminimal":  {asks, (*call).none},
	"taxonomies/index":          {reads, (*call).none},
	"warninglists/index":        {reads, (*call).none},
	"noticelists/index":         {reads, (*call).none},
	"eventblocklists/index":     {reads, (*call).none},
	"feed/manifest":             {reads, (*call).feedManifest},
	"feed/hashes.csv":           {reads, (*call).feedHashes},
}

// controllers are the first words of all routes.
var controllers = func() map[string]bool {
	all := map[string]bool{}
	for name := range routes {
		controller, _, _ := strings.Cut(name, "/")
		all[controller] = true
	}
	return all
}()

// Serves tells whether a path is one of MISP's.
func Serves(url string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(url, "/"), "/")
	return controllers[spelling(strings.TrimSuffix(first, ".json"))]
}

// find is the route of a call.
func (c *call) find() (answerer, error) {
	if c.path.controller == "feed" && isUUID(c.path.action) {
		c.path.args = []string{c.path.action}
		return (*call).feedEvent, c.allow(reads)
	}
	c.path.resource(c.r.Method)
	found, ok := routes[c.path.controller+"/"+strings.ToLower(c.path.action)]
	if !ok {
		return nil, notServed(c.path)
	}
	return found.answer, c.allow(found.methods)
}

func (c *call) allow(methods string) error {
	for m := range strings.FieldsSeq(methods) {
		if m == c.r.Method {
			return nil
		}
	}
	c.w.Header().Set("Allow", strings.ReplaceAll(methods, " ", ", ")) // RFC 9110, 10.2.1
	return &fault{status: http.StatusMethodNotAllowed, name: "Method Not Allowed", message: "Use " + strings.ReplaceAll(methods, " ", " or ") + "."}
}
