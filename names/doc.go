// Package names compares names of persons and organisations across Arabic and
// Latin script: حموشي is Hammouchi, Hamouchi and El Hammouchi, ديميرتاش is
// Demirtaş. It knows the habits by which French, English and Turkish write
// Arabic, particles (عبد ال, بن, El, Abu, Ould, -oğlu), order, initials and
// missing parts, and uncertain dates of birth.
//
//	text → Parse → Name → Match → Score with its Explanation
//	                    → Keys  → canonical keys, for exact matching
//	                    → Index → the nearest of a million names
//
// A word is read as sounds. A letter stands for all that it may sound like (French
// ch, English sh and Turkish ş meet in ش), and two words are as far apart as
// the cheapest way to read one as the other. Short vowels, which Arabic script
// leaves out, cost nearly nothing where they are missing there.
//
// A score says how well two names agree as names. It helps a person decide, and
// decides nothing: many persons share a name, and one person has many spellings.
package names
