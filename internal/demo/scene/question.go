package scene

import (
	"fmt"

	"github.com/mithaq-hub/mithaq"
)

// hosting is the kind of inquiry that the pact allows: where a site runs.
const hosting = "hosting"

// CaseTitle returns what Atlas calls the case in which it asks.
func CaseTitle(lang string) string {
	return in4("حجوزات مزيفة لليلة النهائي", "Fausses réservations pour la finale", "False bookings for the final", "Final için sahte rezervasyonlar")[lang]
}

// Protest returns a site that nobody of the three has offered: one that calls for a protest.
func Protest() string { return "final-voices.example" }

// Fraud asks about a site of false bookings, quoting the reference of a hit. It concerns nobody.
func Fraud(lang, site, reference string) mithaq.Inquiry {
	q := question(lang, in4(
		"يبيع الموقع %s غرفًا لليلة النهائي، وقد دفع زوار ولم يحصلوا على شيء.",
		"Le site %s vend des chambres pour la nuit de la finale\u00a0; des visiteurs ont payé et n’ont rien eu.",
		"The site %s sells rooms for the night of the final; visitors paid and got nothing.",
		"%s sitesi final gecesi için oda satıyor; ziyaretçiler ödedi ve hiçbir şey alamadı.",
	), site)
	q.References = []string{reference}
	q.Question = in4(
		"أين يُستضاف، وماذا تعرفون عنه أيضًا؟", "Où est-il hébergé, et qu’en savez-vous d’autre\u00a0?",
		"Where is it hosted, and what else do you know of it?", "Nerede barındırılıyor, hakkında başka ne biliyorsunuz?",
	)[lang]
	q.Link = in4("عرضتموه للمطابقة.", "Vous l’avez proposé au rapprochement.", "You offered it for matching.", "Eşleştirmeye siz sundunuz.")[lang]
	return q
}

// Opinion asks about the site that calls for a protest.
func Opinion(lang string) mithaq.Inquiry {
	q := question(lang, in4(
		"يدعو الموقع %s إلى وقفة احتجاجية أمام الملعب.", "Le site %s appelle à manifester devant le stade.",
		"The site %s calls for a protest before the stadium.", "%s sitesi stadın önünde protestoya çağırıyor.",
	), Protest())
	q.Question = in4(
		"على أي خادم هو، ومنذ متى؟", "Sur quel serveur est-il, et depuis quand\u00a0?", "On which server is it, and since when?", "Hangi sunucuda, ne zamandan beri?",
	)[lang]
	q.Link = in4("قد يكون خادمه لديكم.", "Son serveur est peut-être chez vous.", "Its server may be with you.", "Sunucusu sizde olabilir.")[lang]
	return q
}

func question(lang string, facts words, site string) mithaq.Inquiry {
	return mithaq.Inquiry{
		Kind: hosting, Purpose: Purpose, Basis: Basis, Urgency: mithaq.Urgent, Facts: fmt.Sprintf(facts[lang], site),
		Urgent: in4("النهائي بعد ستة أيام.", "La finale est dans six jours.", "The final is in six days.", "Finale altı gün var.")[lang],
		Sought: mithaq.SoughtTechnical, Use: mithaq.UsedAsIntelligence | mithaq.UsedToProtect,
		Subjects: mithaq.SubjectNone, Codes: mithaq.H0, Language: lang,
	}
}

// Said returns what is said at a step of the inquiry, in the words of who says it.
func Said(step mithaq.StepKind, lang string) string { return said[step][lang] }

var said = map[mithaq.StepKind]words{
	mithaq.StepAsk: in4(
		"هل تقصدون الموقع وحده، أم خادم بريده أيضًا؟", "Le site seul, ou aussi son serveur de courriel\u00a0?",
		"The site alone, or its mail server too?", "Yalnızca site mi, e-posta sunucusu da mı?",
	),
	mithaq.StepClarify: in4("الموقع وحده.", "Le site seul.", "The site alone.", "Yalnızca site."),
	mithaq.StepPartial: in4("هذا ما لدينا عنه.", "Voici ce que nous en avons.", "This is what we hold of it.", "Elimizdeki bu."),
	mithaq.StepAnswer: in4(
		"غيّر مستضيفه يوم الأحد، وهذا كل ما نعرفه.", "Il a changé d’hébergeur dimanche\u00a0; c’est tout ce que nous savons.",
		"It changed its host on Sunday; that is all we know.", "Pazar günü barındırıcısını değiştirdi; bildiğimiz bu kadar.",
	),
}
