package scene

// Reason returns why persons' data is looked at, in the words of who looks.
func Reason(lang string) string {
	return in4("الشكوى 0417", "Plainte 0417", "Complaint 0417", "0417 sayılı şikâyet")[lang]
}

// words are one text by language.
type words map[string]string

func in4(ar, fr, en, tr string) words { return words{"ar": ar, "fr": fr, "en": en, "tr": tr} }

var (
	fakeShops = []words{
		in4("متجر تذاكر مزيف", "Fausse billetterie", "Fake ticket shop", "Sahte bilet sitesi"),
		in4("موقع يقلّد بائع التذاكر الرسمي", "Site imitant la billetterie officielle", "Site that imitates the official seller", "Resmî satıcıyı taklit eden site"),
		in4("سوق لإعادة بيع تذاكر غير موجودة", "Revente de billets inexistants", "Resale of tickets that do not exist", "Var olmayan biletlerin yeniden satışı"),
	}
	payPages = []words{
		in4("صفحة دفع مزيفة", "Fausse page de paiement", "Fake payment page", "Sahte ödeme sayfası"),
		in4("صفحة تجمع بيانات البطاقات", "Page qui collecte des données de carte", "Page that collects card data", "Kart bilgisi toplayan sayfa"),
	}
	hosts = []words{
		in4("خادم يستضيف متاجر مزيفة", "Serveur hébergeant de fausses boutiques", "Server that hosts fake shops", "Sahte mağazaları barındıran sunucu"),
		in4("خادم لإعادة التوجيه", "Serveur de redirection", "Redirecting server", "Yönlendirme sunucusu"),
	}
	sellers = []words{
		in4("رقم هاتف بائع تذاكر", "Numéro d’un vendeur de billets", "Phone number of a ticket seller", "Bilet satıcısının telefon numarası"),
		in4("رقم يُرسل منه تأكيد مزيف", "Numéro qui envoie de fausses confirmations", "Number that sends false confirmations", "Sahte onay gönderen numara"),
	}
	accounts = []words{
		in4("حساب تلقى مدفوعات مسبقة", "Compte ayant reçu des acomptes", "Account that took advance payments", "Ön ödeme alan hesap"),
		in4("حساب مذكور في عدة شكاوى", "Compte cité dans plusieurs plaintes", "Account named in several complaints", "Birçok şikâyette geçen hesap"),
	}
	senders = []words{
		in4("مرسل تأكيدات مزيفة", "Expéditeur de fausses confirmations", "Sender of false confirmations", "Sahte onay gönderen adres"),
		in4("عنوان يطلب صورة جواز السفر", "Adresse demandant une copie du passeport", "Address that asks for a copy of the passport", "Pasaport fotoğrafı isteyen adres"),
	}
	waves = []words{
		in4("موجة التذاكر المبكرة", "Vague des billets anticipés", "Early-bird wave", "Erken bilet dalgası"),
		in4("عروض كبار الشخصيات", "Offres VIP", "VIP offers", "VIP teklifleri"),
		in4("سحب على تذاكر مجانية", "Loterie de billets gratuits", "Free ticket draw", "Ücretsiz bilet çekilişi"),
		in4("إعادة بيع في آخر لحظة", "Revente de dernière minute", "Last-minute resale", "Son dakika yeniden satışı"),
		in4("باقات سفر وتذاكر", "Forfaits voyage et billet", "Travel and ticket packages", "Seyahat ve bilet paketleri"),
	}
	lodging = []words{
		in4("حجز فندقي مزيف", "Fausse réservation d’hôtel", "Fake hotel booking", "Sahte otel rezervasyonu"),
		in4("طلب دفع ثانٍ لحجز قائم", "Second paiement demandé pour une réservation", "Second payment asked for a booking", "Rezervasyon için ikinci ödeme isteği"),
		in4("موقع لمساكن المشجعين غير موجودة", "Hébergements de supporters inexistants", "Fan lodgings that do not exist", "Var olmayan taraftar konaklaması"),
	}
	venue = []words{
		in4("تصيّد لبيانات الاعتماد", "Hameçonnage d’accréditations", "Phishing for accreditation", "Akreditasyon oltalaması"),
		in4("فحص لبوابات الدخول الإلكترونية", "Balayage des portiques d’accès", "Scanning of the access gates", "Giriş kapılarının taranması"),
		in4("محاولات دخول إلى نظام اللوحات", "Essais de connexion aux écrans du stade", "Log-in attempts at the stadium screens", "Stat ekranlarına giriş denemeleri"),
	}
	drones = []words{
		in4("رصد طائرة مسيّرة قرب الملعب", "Drone observé près du stade", "Drone seen near the stadium", "Stat yakınında görülen dron"),
		in4("إشارة تعريف مسيّرة فوق منطقة المشجعين", "Signal d’identification de drone au-dessus de la zone des supporters", "Drone identification signal above the fan zone", "Taraftar alanı üzerinde dron kimlik sinyali"),
	}
	zones = []words{
		in4("البوابة الشمالية", "Porte nord", "North gate", "Kuzey kapısı"),
		in4("منطقة المشجعين", "Zone des supporters", "Fan zone", "Taraftar alanı"),
		in4("مهبط الإسعاف", "Hélisurface de secours", "Rescue landing site", "Ambulans helikopter alanı"),
		in4("موقف الحافلات", "Parc de bus", "Bus park", "Otobüs parkı"),
		in4("المحطة الغربية", "Gare ouest", "West station", "Batı istasyonu"),
		in4("مركز الإعلام", "Centre de presse", "Media centre", "Basın merkezi"),
	}
	remarks = []words{
		in4("تتكرر قوالب الصفحات نفسها في مواقع مختلفة، ويبدو أن مصدرها واحد.", "Les mêmes modèles de page reviennent sur plusieurs sites ; la source semble unique.", "The same page templates return on different sites; they seem to have one source.", "Aynı sayfa şablonları farklı sitelerde yineleniyor; kaynakları tek görünüyor."),
		in4("ترتفع البلاغات في عطلة نهاية الأسبوع وبعد كل إعلان رسمي عن التذاكر.", "Les signalements augmentent le week-end et après chaque annonce officielle.", "Reports rise at weekends and after each official announcement.", "Bildirimler hafta sonları ve her resmî duyurudan sonra artıyor."),
		in4("تُغلق المواقع بعد يومين تقريبًا وتعود باسم قريب.", "Les sites ferment après deux jours environ et reviennent sous un nom voisin.", "The sites close after about two days and come back under a similar name.", "Siteler yaklaşık iki gün sonra kapanıp benzer bir adla geri dönüyor."),
		in4("طُلب من مزوّدي الاستضافة إزالة المواقع، واستجاب معظمهم خلال يوم.", "Le retrait a été demandé aux hébergeurs ; la plupart ont répondu en un jour.", "Hosting providers were asked to take the sites down; most did within a day.", "Barındırıcılardan siteleri kaldırmaları istendi; çoğu bir gün içinde yanıt verdi."),
	}
	weekly = []words{
		in4("تقرير أسبوعي عن الاحتيال في التذاكر", "Rapport hebdomadaire sur la fraude aux billets", "Weekly report on ticket fraud", "Bilet dolandırıcılığı haftalık raporu"),
		in4("خلاصة للمكاتب المناوبة", "Synthèse pour les permanences", "Summary for the duty desks", "Nöbetçi masalar için özet"),
	}
)
