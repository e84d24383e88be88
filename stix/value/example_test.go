package value_test

import (
	"fmt"

	"github.com/mithaq-hub/mithaq/stix/value"
)

func ExampleOf() {
	fmt.Println(value.Of(value.Phone, "+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧"))
	fmt.Println(value.Of(value.IBAN, "DE88 3704 0044 0532 0130 00"))
	// Output:
	// {phone +966501234567 +٩٦٦ ٥٠ ١٢٣ ٤٥٦٧ true} <nil>
	// {   false} value: iban: the check digits do not fit
}

func ExampleFromText() {
	for _, v := range value.FromText("Write to desk(at)evil[.]com, or call 0044 20 7946 0958.") {
		fmt.Println(v.Kind, v.Text)
	}
	// Output:
	// email desk@evil.com
	// phone +442079460958
}
