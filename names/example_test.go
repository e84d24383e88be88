package names_test

import (
	"fmt"

	"github.com/mithaq-hub/mithaq/names"
)

// One family in Arabic, French and English spelling, and a near one that is another.
func ExampleMatch() {
	asked := names.Parse("عبد الرحمن حموشي")
	for _, text := range []string{"Abderrahmane El Hammouchi", "HAMOUSHI, Abdul Rahman", "A. Hamouchi", "Abderrahim Hammouchi", "Abderrahmane Hammoudi"} {
		s := names.Match(asked, names.Parse(text), names.Options{})
		fmt.Printf("%.2f %-5v %s\n", s.Value, s.Match, text)
	}
	// Output:
	// 0.99 true  Abderrahmane El Hammouchi
	// 1.00 true  HAMOUSHI, Abdul Rahman
	// 0.88 true  A. Hamouchi
	// 0.14 false Abderrahim Hammouchi
	// 0.27 false Abderrahmane Hammoudi
}

// The explanation names what was laid beside what, and why.
func ExampleScore() {
	s := names.Match(names.Parse("Karaloğlu, Ahmet"), names.Parse("أحمد علي كارال أوغلو"), names.Options{})
	for _, p := range s.Explanation.Parts {
		fmt.Printf("%q %q %s %.2f\n", p.A, p.B, p.Rule, p.Factor)
	}
	// Output:
	// "Ahmet" "أحمد" known 1.00
	// "" "علي" missing 0.93
	// "Karaloğlu" "كارال أوغلو" script 0.93
}

// Keys are for exact matching: spellings of one name have one in common.
func ExampleKeys() {
	for _, text := range []string{"حموشي عبد اللطيف", "Abdellatif Hammouchi", "Abdul-Latif Al Hamoushi"} {
		fmt.Println(names.Keys(names.Parse(text)))
	}
	// Output:
	// [n1:abd.ltf+hms]
	// [n1:abd.ltf+hms]
	// [n1:abd.ltf+hms]
}

// The year alone and the whole date meet in the key with the year.
func ExampleBornKeys() {
	n := names.Parse("سمير حداد")
	n.Born, _ = names.ParseBorn("٢/٣/١٩٧١")
	fmt.Println(names.BornKeys(n))
	// Output:
	// [n1:ht+smr/1971 n1:ht+smr/1971-02.03]
}

// An index finds the near ones among many.
func ExampleIndex() {
	x := names.NewIndex()
	list := []string{"Mohamed Ziani", "Selahattin Demirtaş", "S. Demirtas", "Salah Demir"}
	for _, text := range list {
		x.Add(names.Parse(text))
	}
	for _, f := range x.Search(names.Parse("صلاح الدين ديميرتاش"), 10, names.Options{}) {
		fmt.Printf("%.2f %s\n", f.Score.Value, list[f.ID])
	}
	// Output:
	// 0.99 Selahattin Demirtaş
	// 0.86 S. Demirtas
}
