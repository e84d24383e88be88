package scene

import (
	"fmt"
	"math/big"
	"strings"
)

// The values that tools match on. Each is of a range that is kept for
// documentation or for drama, where there is one:
//
//	IPv4, IPv6    the documentation prefixes          // RFC 5737, 3 and RFC 3849, 2
//	MAC           00-00-5E-00-53-00 to -FF            // RFC 9542, 2.1.2
//	domains       example.com, .net, .org, .example   // RFC 2606, 2 and RFC 2606, 3
//	phones        +44 7700 900xxx (Ofcom), +1 NPA 555 01xx (NANPA), +33 6 39 98 xx xx (Arcep)
//
// No range of IBANs is kept for that; ours have the bank code 00000, which no
// bank in Türkiye has, and check digits that fit. Values do not repeat: i
// numbers them.

func ipv4(i int) string {
	nets := []string{"192.0.2", "198.51.100", "203.0.113"} // RFC 5737, 3
	return fmt.Sprintf("%s.%d", nets[i/254%len(nets)], 1+i%254)
}

func ipv6(i int) string { return fmt.Sprintf("2001:db8:6::%x", 0x100+i) } // RFC 3849, 2

func mac(i int) string { return fmt.Sprintf("00:00:5e:00:53:%02x", i%256) } // RFC 9542, 2.1.2

// domain names a shop that sells what it does not have. RFC 2606, 2
func domain(m *maker, stems []string, i int) string {
	zones := []string{"example", "example.com", "example.net", "example.org"}
	return fmt.Sprintf("%s-%s%d.%s", pick(m, stems), pick(m, tails), 100+i, pick(m, zones))
}

func url(m *maker, stems []string, i int) string {
	return fmt.Sprintf("https://%s/%s?ref=%05d", domain(m, stems, i), pick(m, pages), m.dice.IntN(100_000))
}

func email(m *maker, stems []string, i int) string {
	return fmt.Sprintf("%s%d@%s.example", pick(m, boxes), 10+i, pick(m, stems))
}

// phone returns a number in E.164 of the ranges above.
func phone(i int) string {
	switch i % 4 {
	case 0, 1:
		return fmt.Sprintf("+447700900%03d", i)
	case 2:
		return fmt.Sprintf("+1%d55501%02d", []int{212, 312, 415, 617}[i/4%4], i/16%100)
	}
	return fmt.Sprintf("+3363998%04d", 1000+i)
}

// iban returns an account at a bank that does not exist. ISO 13616
func iban(i int) string {
	account := fmt.Sprintf("000000%016d", 6_000_000+7919*i)
	return fmt.Sprintf("TR%02d%s", checkDigits("TR", account), account)
}

// checkDigits computes 98 minus the rest modulo 97. ISO 7064
func checkDigits(country, account string) int {
	var digits strings.Builder
	for _, r := range account + country + "00" {
		if r >= 'A' {
			fmt.Fprint(&digits, int(r-'A')+10)
		} else {
			digits.WriteRune(r)
		}
	}
	n, _ := new(big.Int).SetString(digits.String(), 10)
	return 98 - int(n.Mod(n, big.NewInt(97)).Int64())
}

var (
	ticketStems = []string{"bilet", "final-bilet", "tickets", "cup-final", "tazaker", "billets", "official-tickets", "resale", "bilet-kapisi", "vip-final"}
	hotelStems  = []string{"hotel", "otel", "funduq", "booking", "stay-final", "hebergement", "rooms", "fan-village"}
	venueStems  = []string{"accreditation", "badge", "parking", "volunteer", "press-pass", "tasreeh", "stadium-gate"}
	tails       = []string{"2026", "now", "secure", "shop", "center", "online", "pay", "fast", "club", "info"}
	pages       = []string{"pay", "odeme", "checkout", "login", "confirm", "paiement", "dafa", "account"}
	boxes       = []string{"info", "satis", "tickets", "support", "billetterie", "onay", "reservation", "hajz"}
)
