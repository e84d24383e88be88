package scene

import "github.com/mithaq-hub/mithaq"

// A Seat is what one person of a desk does, and the handle of their files.
type Seat string

// The seats of each desk.
const (
	Officer Seat = "officer" // imports, assesses and proposes
	Chief   Seat = "chief"   // approves, recalls, and signs pacts
	Auditor Seat = "auditor" // sees everything that was done
)

// The people of the desks, by first names: their desk knows them by these, and
// partners by a pseudonym alone. None of them exists.
var people = map[mithaq.OrgID]map[Seat]words{
	Atlas: {
		Officer: in4("سلمى", "Salma", "Salma", "Selma"),
		Chief:   in4("يوسف", "Youssef", "Youssef", "Yusuf"),
		Auditor: in4("نادية", "Nadia", "Nadia", "Nadia"),
	},
	Najd: {
		Officer: in4("فهد", "Fahd", "Fahd", "Fahd"),
		Chief:   in4("نورة", "Noura", "Noura", "Nura"),
		Auditor: in4("خالد", "Khaled", "Khalid", "Halid"),
	},
	Anatolia: {
		Officer: in4("إليف", "Elif", "Elif", "Elif"),
		Chief:   in4("مراد", "Murat", "Murat", "Murat"),
		Auditor: in4("زينب", "Zeynep", "Zeynep", "Zeynep"),
	},
}

// FirstName returns what a person of a desk is called, in a language.
func FirstName(org mithaq.OrgID, seat Seat, lang string) string { return people[org][seat][lang] }
