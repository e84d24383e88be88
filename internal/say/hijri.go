package say

import "time"

// The Umm al-Qura calendar of Saudi Arabia, for the years whose months are
// published: bit m of a year is set where its month m, from 0, has 30 days, and
// clear where it has 29.
const firstUmmAlQura = 1365

var ummAlQura = [...]uint16{
	0xd55, 0x555, 0x555, 0xd55, 0x6d5, 0x555, 0xea5, 0xd2a, 0xaaa, 0xcd5, 0x655, 0x572,
	0xda9, 0x555, 0xaaa, 0x555, 0x52d, 0xa6d, 0x55a, 0x555, 0x74d, 0xd53, 0xd54, 0x556,
	0xd55, 0x2d5, 0xd55, 0xd54, 0xd45, 0x655, 0x52d, 0xa5d, 0x55a, 0xad5, 0x6aa, 0xd4b,
	0x52a, 0xa57, 0x4ae, 0x976, 0x56c, 0xb55, 0xaaa, 0xa55, 0x4ad, 0x95d, 0x2da, 0x5d9,
	0xdb2, 0xba4, 0xb4a, 0xa55, 0x2b5, 0x575, 0xb6a, 0xbd2, 0xbc4, 0xb89, 0xa95, 0x52d,
	0x5ad, 0xb6a, 0x6d4, 0xdc9, 0xd92, 0xaa6, 0x956, 0x2ae, 0x56d, 0x36a, 0xb55, 0xaaa,
	0x94d, 0x49d, 0x95d, 0x2ba, 0x5b5, 0x5aa, 0xd55, 0xa9a, 0x92e, 0x26e, 0x55d, 0xada,
	0x6d4, 0x6a5, 0x54b, 0xa97, 0x54e, 0xaae, 0x5ac, 0xba9, 0xd92, 0xb25, 0x64b, 0xcab,
	0x55a, 0xb55, 0x6d2, 0xea5, 0xe4a, 0xa95, 0x52d, 0xaad, 0x36c, 0x759, 0x6d2, 0x695,
	0x52d, 0xa5b, 0x4ba, 0x9ba, 0x3b4, 0xb69, 0xb52, 0xaa6, 0x4b6, 0x96d, 0x2ec, 0x6d9,
	0xeb2, 0xd54, 0xd2a, 0xa56, 0x4ae, 0x96d, 0xd6a, 0xb54, 0xb29, 0xa93, 0x52b, 0xa57,
	0x536, 0xab5, 0x6aa, 0xe93,
}

// ummAlQuraStart is the first day of the table, 1 Muharram 1365.
var ummAlQuraStart = dayNumber(time.Date(1945, time.December, 5, 0, 0, 0, 0, time.UTC))

// civilStart is 1 Muharram of the year 1 in the civil reckoning, 16 July 622 in
// the Julian calendar.
var civilStart = dayNumber(time.Date(622, time.July, 19, 0, 0, 0, 0, time.UTC))

// Hijri returns the Hijri date of the day of t, in t's own time zone: the month
// from 1 to 12. From 5 December 1945 to 16 November 2077 it is the Umm al-Qura
// calendar; before and after, the civil arithmetic calendar, in which 11 years
// of 30 are leap years. The day is counted from midnight, not from sunset, and
// where a month begins by sighting it may begin a day earlier or later.
func Hijri(t time.Time) (year, month, day int) {
	n := dayNumber(t)
	if left := n - ummAlQuraStart; left >= 0 {
		for i, months := range ummAlQura {
			for m := range 12 {
				length := 29 + int(months>>m&1)
				if left < length {
					return firstUmmAlQura + i, m + 1, left + 1
				}
				left -= length
			}
		}
	}
	return civil(n - civilStart)
}

// civil reckons in cycles of 30 years with leap years 2, 5, 7, 10, 13, 16, 18,
// 21, 24, 26 and 29; odd months have 30 days, even ones 29, and the last one 30
// in a leap year.
func civil(days int) (year, month, day int) {
	const cycle = 30*354 + 11
	cycles := floorDiv(days, cycle)
	days -= cycles * cycle
	year = 30*cycles + 1
	for days >= yearLength(year) {
		days -= yearLength(year)
		year++
	}
	month = min(days*2/59, 11) // two months have 59 days
	return year, month + 1, days - (month*59+1)/2 + 1
}

func yearLength(year int) int {
	if r := (11*year + 14) % 30; r < 0 && r+30 < 11 || r >= 0 && r < 11 {
		return 355
	}
	return 354
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// dayNumber counts the days since 1 January 1970 of a date as it is written in
// t's time zone.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return floorDiv(int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()), 24*60*60)
}
