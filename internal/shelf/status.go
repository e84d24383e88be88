package shelf

import (
	"sync"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/taxii"
)

// remembered is how many statuses are kept; a client asks soon or not at all.
const remembered = 256

// statuses remembers what became of the last POSTs, each for its caller.
type statuses struct {
	mu   sync.Mutex
	ring [remembered]struct {
		who    string
		status taxii.Status
	}
	next int
}

func who(v *mithaq.Viewer) string { return string(v.Person) + "\x00" + v.Token }

func (s *statuses) keep(who string, status taxii.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ring[s.next].who, s.ring[s.next].status = who, status
	s.next = (s.next + 1) % remembered
}

func (s *statuses) find(who, id string) (taxii.Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.ring {
		if s.ring[i].who == who && s.ring[i].status.ID == id {
			return s.ring[i].status, true
		}
	}
	return taxii.Status{}, false
}
