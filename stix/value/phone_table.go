package value

import (
	"strconv"
	"strings"
)

// A numbering is what we know of a calling code: how many digits follow it, and
// the prefix that calls within the country put in front.
type numbering struct {
	code        string
	least, most int
	trunk       string
}

// callingCodes: code, digits that follow it (lenient where plans vary), trunk
// prefix or -, regions. The codes are those of the list that complements
// ITU-T E.164; the lengths are those of national plans.
const callingCodes = `
1 10 10 1 US CA AG AI AS BB BM BS DM DO GD GU JM KN KY LC MP MS PR SX TC TT VC VG VI
7 10 10 8 RU KZ
20 8 10 0 EG
27 9 9 0 ZA
30 10 10 - GR
31 5 11 0 NL
32 8 9 0 BE
33 9 9 0 FR
34 9 9 - ES
36 8 9 06 HU
39 6 12 - IT VA
40 9 9 0 RO
41 9 12 0 CH
43 4 13 0 AT
44 7 10 0 GB GG IM JE
45 8 8 - DK
46 7 13 0 SE
47 5 12 - NO SJ
48 9 9 - PL
49 4 13 0 DE
51 8 9 0 PE
52 10 11 - MX
53 6 10 0 CU
54 10 11 0 AR
55 8 11 0 BR
56 8 10 - CL
57 8 11 - CO
58 10 10 0 VE
60 8 10 0 MY
61 5 10 0 AU CC CX
62 7 13 0 ID
63 8 13 0 PH
64 7 10 0 NZ
65 8 11 - SG
66 8 10 0 TH
81 9 11 0 JP
82 7 11 0 KR
84 9 10 0 VN
86 7 12 0 CN
90 10 10 0 TR
91 8 13 0 IN
92 8 11 0 PK
93 9 9 0 AF
94 9 9 0 LK
95 6 10 0 MM
98 4 10 0 IR
211 9 9 0 SS
212 9 9 0 MA EH
213 8 9 0 DZ
216 8 8 - TN
218 8 9 0 LY
220 7 7 - GM
221 9 9 - SN
222 8 8 - MR
223 8 8 - ML
224 8 9 - GN
225 8 10 - CI
226 8 8 - BF
227 8 8 - NE
228 8 8 - TG
229 8 10 - BJ
230 7 8 - MU
231 7 9 0 LR
232 8 8 0 SL
233 8 9 0 GH
234 7 11 0 NG
235 8 8 - TD
236 8 8 - CF
237 8 9 - CM
238 7 7 - CV
239 7 7 - ST
240 9 9 - GQ
241 7 8 - GA
242 9 9 - CG
243 7 9 0 CD
244 9 9 - AO
245 7 9 - GW
246 7 7 - IO
247 4 6 - AC
248 7 7 - SC
249 9 9 0 SD
250 8 9 0 RW
251 9 9 0 ET
252 6 9 0 SO
253 8 8 - DJ
254 6 10 0 KE
255 9 9 0 TZ
256 9 9 0 UG
257 8 8 - BI
258 8 9 - MZ
260 9 9 0 ZM
261 9 9 0 MG
262 9 9 0 RE YT
263 5 10 0 ZW
264 6 10 0 NA
265 7 9 0 MW
266 8 8 - LS
267 7 10 - BW
268 8 9 - SZ
269 7 7 - KM
290 4 5 - SH
291 7 7 0 ER
297 7 7 - AW
298 6 6 - FO
299 6 6 - GL
350 8 8 - GI
351 9 9 - PT
352 4 11 - LU
353 7 10 0 IE
354 7 9 - IS
355 6 9 0 AL
356 8 8 - MT
357 8 8 - CY
358 5 12 0 FI AX
359 7 9 0 BG
370 8 8 0 LT
371 8 8 - LV
372 7 10 - EE
373 8 8 0 MD
374 8 8 0 AM
375 9 10 80 BY
376 6 9 - AD
377 8 9 0 MC
378 6 10 - SM
379 6 11 -
380 9 9 0 UA
381 7 12 0 RS
382 8 9 0 ME
383 8 9 0 XK
385 7 9 0 HR
386 8 8 0 SI
387 8 9 0 BA
389 8 8 0 MK
420 9 12 - CZ
421 9 9 0 SK
423 7 9 - LI
500 5 5 - FK
501 7 11 - BZ
502 8 11 - GT
503 7 11 - SV
504 8 11 - HN
505 8 8 - NI
506 8 10 - CR
507 7 8 - PA
508 6 9 0 PM
509 8 8 - HT
590 9 9 0 GP BL MF
591 8 9 0 BO
592 7 7 - GY
593 8 11 0 EC
594 9 9 0 GF
595 7 11 0 PY
596 9 9 0 MQ
597 6 7 - SR
598 7 8 0 UY
599 7 8 - CW BQ
670 7 8 - TL
672 5 6 - NF AQ
673 7 7 - BN
674 7 7 - NR
675 7 8 - PG
676 5 7 - TO
677 5 7 - SB
678 5 7 - VU
679 7 11 - FJ
680 7 7 - PW
681 6 6 - WF
682 5 5 - CK
683 4 7 - NU
685 5 7 - WS
686 5 8 0 KI
687 6 6 - NC
688 5 7 - TV
689 6 9 - PF
690 4 7 - TK
691 7 7 - FM
692 7 7 1 MH
800 8 8 -
808 8 8 -
850 8 12 0 KP
852 8 11 - HK
853 7 8 - MO
855 8 10 0 KH
856 8 10 0 LA
870 9 12 -
878 10 12 -
880 8 10 0 BD
881 8 10 -
882 7 12 -
883 7 12 -
886 8 10 0 TW
888 11 11 -
960 7 10 - MV
961 7 8 0 LB
962 8 9 0 JO
963 8 9 0 SY
964 8 10 0 IQ
965 7 8 - KW
966 8 10 0 SA
967 7 9 0 YE
968 7 8 - OM
970 8 10 0 PS
971 7 10 0 AE
972 8 10 0 IL
973 8 8 - BH
974 7 8 - QA
975 7 8 - BT
976 8 8 0 MN
977 8 11 0 NP
979 9 9 -
992 9 9 - TJ
993 8 8 8 TM
994 9 9 0 AZ
995 9 9 0 GE
996 9 9 0 KG
998 9 9 - UZ`

var numberings, regions = readNumberings()

func readNumberings() (byCode, byRegion map[string]numbering) {
	byCode, byRegion = map[string]numbering{}, map[string]numbering{}
	for row := range strings.Lines(strings.TrimSpace(callingCodes)) {
		f := strings.Fields(row)
		n := numbering{code: f[0], trunk: strings.TrimPrefix(f[3], "-")}
		n.least, _ = strconv.Atoi(f[1])
		n.most, _ = strconv.Atoi(f[2])
		byCode[n.code] = n
		for _, region := range f[4:] {
			byRegion[region] = n
		}
	}
	return byCode, byRegion
}

// numberingOf finds the calling code; no code begins with another one.
func numberingOf(digits string) (numbering, bool) {
	for n := 1; n <= 3 && n <= len(digits); n++ {
		if found, ok := numberings[digits[:n]]; ok {
			return found, true
		}
	}
	return numbering{}, false
}
