package mispapi

import (
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/misp"
)

// columns are the fields of a line, by the names that MISP gives them.
var columns = map[string]func(x *hit) string{
	"uuid":                  func(x *hit) string { return x.rec.Text("uuid") },
	"id":                    func(x *hit) string { return x.h.number(x.rec.Text("uuid")) },
	"event_id":              func(x *hit) string { return x.h.box.number() },
	"event_uuid":            func(x *hit) string { return x.e.Text("uuid") },
	"category":              func(x *hit) string { return x.rec.Text("category") },
	"type":                  func(x *hit) string { return x.rec.Text("type") },
	"value":                 func(x *hit) string { return x.rec.Text("value") },
	"comment":               func(x *hit) string { return x.rec.Text("comment") },
	"to_ids":                func(x *hit) string { return digit(x.rec.Bool("to_ids")) },
	"date":                  func(x *hit) string { return dayOf(x.rec) },
	"timestamp":             func(x *hit) string { return x.rec.Text("timestamp") },
	"first_seen":            func(x *hit) string { return x.rec.Text("first_seen") },
	"last_seen":             func(x *hit) string { return x.rec.Text("last_seen") },
	"object_relation":       func(x *hit) string { return x.rec.Text("object_relation") },
	"attribute_tag":         func(x *hit) string { return strings.Join(tagsOf(x.rec), ",") },
	"object_uuid":           func(x *hit) string { return x.objectText("uuid") },
	"object_name":           func(x *hit) string { return x.objectText("name") },
	"object_meta_category":  func(x *hit) string { return x.objectText("meta-category") },
	"event_info":            func(x *hit) string { return x.e.Text("info") },
	"event_date":            func(x *hit) string { return x.e.Text("date") },
	"event_source_org":      func(x *hit) string { return makerOf(x.e) },
	"event_distribution":    func(x *hit) string { return x.e.Text("distribution") },
	"event_threat_level_id": func(x *hit) string { return x.e.Text("threat_level_id") },
	"event_analysis":        func(x *hit) string { return x.e.Text("analysis") },
	"event_timestamp":       func(x *hit) string { return x.e.Text("timestamp") },
	"event_tag":             func(x *hit) string { return strings.Join(tagsOf(x.e), ",") },
}

var (
	usualColumns = strings.Fields(`uuid event_id category type value comment to_ids date object_relation attribute_tag
		object_uuid object_name object_meta_category`)
	contextColumns = strings.Fields(`event_info event_source_org event_distribution event_threat_level_id event_analysis
		event_date event_tag event_timestamp`)
)

func (x *hit) objectText(name string) string {
	if x.object == nil {
		return ""
	}
	return x.object.Text(name)
}

func makerOf(e *misp.Record) string {
	if o := e.Record("Orgc"); o != nil {
		return o.Text("name")
	}
	return ""
}

func digit(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

func dayOf(a *misp.Record) string {
	n, err := strconv.ParseInt(a.Text("timestamp"), 10, 64)
	if err != nil {
		return ""
	}
	return time.Unix(n, 0).UTC().Format("20060102")
}

// wantedColumns are those of a request: asked for by name, or the usual ones.
func (c *call) wantedColumns() ([]string, error) {
	rec, err := c.params()
	if err != nil {
		return nil, err
	}
	var wanted []string
	for _, text := range texts(rec.Raw("requested_attributes")) {
		for name := range strings.SplitSeq(text, ",") {
			if name = strings.TrimSpace(name); columns[name] == nil {
				return nil, bad("requested_attributes: there is no column %.40q.", name)
			}
			wanted = append(wanted, name)
		}
	}
	switch {
	case len(wanted) > 0:
		return wanted, nil
	case rec.Bool("includeContext"):
		return append(append([]string{}, usualColumns...), contextColumns...), nil
	}
	return usualColumns, nil
}

func (c *call) csvHead(a *answer) error {
	wanted, err := c.wantedColumns()
	if err != nil {
		return err
	}
	if c.flag("headerless") {
		return nil
	}
	_, _ = a.out.WriteString(strings.Join(wanted, ",") + "\n")
	return nil
}

func (c *call) csvLine(a *answer, x *hit) error {
	wanted, err := c.wantedColumns()
	if err != nil {
		return err
	}
	line := make([]string, len(wanted))
	for i, name := range wanted {
		line[i] = harmless(columns[name](x))
	}
	w := csv.NewWriter(a.out)
	_ = w.Write(line)
	w.Flush()
	return w.Error()
}

// harmless keeps a spreadsheet from computing what stands in a cell.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
