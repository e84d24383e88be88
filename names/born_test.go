package names

import "testing"

func TestDatesOfBirthAreRead(t *testing.T) {
	for text, want := range map[string]Born{
		"": {}, "1971": {Year: 1971}, "1971-03-02": {1971, 3, 2, 0}, "02/03/1971": {1971, 3, 2, 0}, "٢/٣/١٩٧١": {1971, 3, 2, 0}, "۱۹۷۱": {Year: 1971},
		"2.3.1971": {1971, 3, 2, 0}, "03/1971": {Year: 1971, Month: 3}, "1971-03": {Year: 1971, Month: 3}, "1971-25-03": {1971, 3, 25, 0},
		"around 1971": {Year: 1971, Around: 2}, "vers 1971": {Year: 1971, Around: 2}, "حوالي ١٩٧١": {Year: 1971, Around: 2}, "c. 1971": {Year: 1971, Around: 2},
	} {
		if got, err := ParseBorn(text); err != nil || got != want {
			t.Errorf("%q is read as %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestWhatIsNoDateIsRefused(t *testing.T) {
	for _, text := range []string{"yesterday", "71", "1971-13-13", "32/01/1971", "-", "around", "1 2 3 1971", "19711"} {
		if got, err := ParseBorn(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestDatesOfBirthWeigh(t *testing.T) {
	score := func(a, b string) float64 {
		p, q := ParsePerson("Karim Tlemçani"), ParsePerson("كريم التلمساني")
		p.Born, _ = ParseBorn(a)
		q.Born, _ = ParseBorn(b)
		return Match(p, q, Options{}).Value
	}
	rising := [][2]string{{"1971-03-02", "1998-07-21"}, {"1971-03-02", "1971-09-14"}, {"1971-03-02", "1972-03-02"}, {"", "1971"}, {"1971", "1971-03-02"}, {"1971-03-02", "1971-02-03"}, {"1971-03-02", "1971-03-02"}}
	for i := 1; i < len(rising); i++ {
		if low, high := score(rising[i-1][0], rising[i-1][1]), score(rising[i][0], rising[i][1]); low >= high {
			t.Errorf("%v scores %.3f, not below %v with %.3f", rising[i-1], low, rising[i], high)
		}
	}
	if score("1971", "around 1973") != score("", "") {
		t.Error("a year within what around leaves open changes the score")
	}
	if score("1971-01-01", "1971-09-14") < score("", "") {
		t.Error("the first of January, which registers write for the year alone, lowers the score")
	}
}
