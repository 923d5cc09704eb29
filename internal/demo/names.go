package demo

import "strings"

// culture is how people of a place are called, and where they work. A name is
// written as its owner writes it, with how it is spelled in an address behind "|"
// where that differs.
type culture struct {
	given, family []string
	// familyFirst says in which order the names are written.
	familyFirst                bool
	locale, timezone           string
	country, locality, dialing string
}

// people are those that the company has offices among.
var people = []culture{
	{
		given:  list("Emma, Oliver, Grace, Thomas, Charlotte, Harry, Amelia, James, Freya, Samuel, Isla, Benjamin, Ruby, Daniel"),
		family: list("Walker, Thompson, Hughes, Bennett, Clarke, O'Connor|oconnor, Fletcher, Hayes, MacLeod|macleod, Whitfield, Barnes, Pryce, Ellison, Doyle"),
		locale: "en-GB", timezone: "Europe/London", country: "GB", locality: "Leeds", dialing: "+44 113 496",
	},
	{
		given:  list("Lena, Jürgen|juergen, Anke, Maximilian, Sören|soeren, Katharina, Matthias, Jörg|joerg, Franziska, Björn|bjoern, Hannah, Felix, Ulrike, Tobias"),
		family: list("Müller|mueller, Schröder|schroeder, Weiß|weiss, Hoffmann, Krämer|kraemer, Vogel, Bäcker|baecker, Lindner, Voß|voss, Zimmermann, Brandt, Jäger|jaeger, Kühn|kuehn, Seidel"),
		locale: "de-DE", timezone: "Europe/Berlin", country: "DE", locality: "Leipzig", dialing: "+49 341 555",
	},
	{
		given:  list("Camille, Étienne|etienne, Zoé|zoe, François|francois, Manon, Loïc|loic, Hélène|helene, Théo|theo, Noémie|noemie, Gaël|gael, Chloé|chloe, Rémi|remi, Inès|ines, Lucas"),
		family: list("Lefèvre|lefevre, Dubois, Moreau, Garnier, Rousseau, Chevalier, Mercier, Le Goff|legoff, Fontaine, Béranger|beranger, Marchand, Perrin, Delacroix, Besson"),
		locale: "fr-FR", timezone: "Europe/Paris", country: "FR", locality: "Nantes", dialing: "+33 2 40 55",
	},
	{
		given:  list("Łukasz|lukasz, Agnieszka, Paweł|pawel, Małgorzata|malgorzata, Grzegorz, Zofia, Michał|michal, Joanna, Stanisław|stanislaw, Kinga, Wojciech, Hanna, Rafał|rafal, Ewa"),
		family: list("Wójcik|wojcik, Kowalczyk, Zieliński|zielinski, Dąbrowska|dabrowska, Nowak, Jabłoński|jablonski, Wróbel|wrobel, Mazur, Górski|gorski, Pawlak, Sikora, Żak|zak, Baran, Duda"),
		locale: "pl-PL", timezone: "Europe/Warsaw", country: "PL", locality: "Kraków", dialing: "+48 12 555",
	},
	{
		given:  list("Lucía|lucia, Álvaro|alvaro, Ximena, Joaquín|joaquin, Inés|ines, Mateo, Sofía|sofia, Iñigo|inigo, Valentina, Andrés|andres, Begoña|begona, Diego, Paloma, Hernán|hernan"),
		family: list("García López|garcia, Martínez|martinez, Ibáñez|ibanez, Rodríguez|rodriguez, Peña|pena, Vázquez|vazquez, Navarro, Muñoz|munoz, Castillo, Ortega, Quintana, Salazar, Rojas, Fuentes"),
		locale: "es-ES", timezone: "Europe/Madrid", country: "ES", locality: "Valencia", dialing: "+34 96 055",
	},
	{
		given:  list("Priya, Arjun, Ananya, Rohan, Kavya, Vikram, Meera, Siddharth, Lakshmi, Aditya, Nandini, Rahul, Divya, Karthik"),
		family: list("Sharma, Iyer, Patel, Nair, Reddy, Chatterjee, Desai, Menon, Kulkarni, Banerjee, Rao, Gupta, Pillai, Joshi"),
		locale: "en-IN", timezone: "Asia/Kolkata", country: "IN", locality: "Pune", dialing: "+91 20 5550",
	},
	{
		given:  list("健|ken, 美咲|misaki, 翔太|shota, 陽子|yoko, 大輔|daisuke, 直美|naomi, 拓也|takuya, 恵|megumi, 亮|ryo, 彩|aya, 誠|makoto, 千尋|chihiro, 学|manabu, 舞|mai"),
		family: list("佐藤|sato, 鈴木|suzuki, 高橋|takahashi, 田中|tanaka, 渡辺|watanabe, 伊藤|ito, 中村|nakamura, 小林|kobayashi, 加藤|kato, 吉田|yoshida, 山本|yamamoto, 松本|matsumoto, 井上|inoue, 木村|kimura"),
		locale: "ja-JP", timezone: "Asia/Tokyo", country: "JP", locality: "Kobe", dialing: "+81 78 555", familyFirst: true,
	},
	{
		given:  list("伟|wei, 芳|fang, 娜|na, 强|qiang, 静|jing, 磊|lei, 洋|yang, 艳|yan, 勇|yong, 敏|min, 杰|jie, 丽|li, 涛|tao, 雪|xue"),
		family: list("王|wang, 李|li, 张|zhang, 刘|liu, 陈|chen, 杨|yang, 赵|zhao, 黄|huang, 周|zhou, 吴|wu, 徐|xu, 孙|sun, 胡|hu, 朱|zhu"),
		locale: "zh-CN", timezone: "Asia/Shanghai", country: "CN", locality: "Suzhou", dialing: "+86 512 5550", familyFirst: true,
	},
	{
		given:  list("Amina, Chinedu, Ngozi, Tunde, Folake, Emeka, Zainab, Obinna, Yewande, Ibrahim, Adaeze, Kelechi, Halima, Segun"),
		family: list("Okafor, Adeyemi, Balogun, Eze, Mohammed, Ogunleye, Nwosu, Abubakar, Chukwu, Danjuma, Obi, Lawal, Umeh, Bello"),
		locale: "en-NG", timezone: "Africa/Lagos", country: "NG", locality: "Ibadan", dialing: "+234 2 555",
	},
	{
		given:  list("Leyla, Emre, Ayşe|ayse, Çağlar|caglar, Zeynep, Oğuz|oguz, Elif, İbrahim|ibrahim, Gülşah|gulsah, Kerem, Şebnem|sebnem, Barış|baris, Nazlı|nazli, Umut"),
		family: list("Yılmaz|yilmaz, Demir, Çelik|celik, Şahin|sahin, Öztürk|ozturk, Aydın|aydin, Koç|koc, Arslan, Doğan|dogan, Kılıç|kilic, Kurt, Özkan|ozkan, Polat, Erdem"),
		locale: "tr-TR", timezone: "Europe/Istanbul", country: "TR", locality: "İzmir", dialing: "+90 232 555",
	},
	{
		given:  list("Nour, Karim, Salma, Youssef, Rania, Tarek, Mariam, Omar, Dina, Khaled, Farah, Hassan, Laila, Sami"),
		family: list("El-Sayed|elsayed, Haddad, Khalil, Mansour, Nasser, Farouk, Saleh, Hamdan, Aziz, Kassem, Najjar, Shaheen, Barakat, Rahal"),
		locale: "ar-EG", timezone: "Africa/Cairo", country: "EG", locality: "Alexandria", dialing: "+20 3 555",
	},
	{
		given:  list("Mai, Minh, Linh, Đức|duc, Thảo|thao, Quân|quan, Hương|huong, Tuấn|tuan, Ngọc|ngoc, Hải|hai, Lan, Sơn|son, Trang, Phúc|phuc"),
		family: list("Nguyễn|nguyen, Trần|tran, Lê|le, Phạm|pham, Hoàng|hoang, Vũ|vu, Đặng|dang, Bùi|bui, Đỗ|do, Hồ|ho, Ngô|ngo, Dương|duong, Lý|ly, Võ|vo"),
		locale: "vi-VN", timezone: "Asia/Ho_Chi_Minh", country: "VN", locality: "Đà Nẵng", dialing: "+84 236 555", familyFirst: true,
	},
	{
		given:  list("Mariana, Thiago, Beatriz, João|joao, Letícia|leticia, Caio, Luíza|luiza, Vinícius|vinicius, Débora|debora, Antônio|antonio, Júlia|julia, Otávio|otavio, Renata, Davi"),
		family: list("Silva, Gonçalves|goncalves, Araújo|araujo, Teixeira, Assunção|assuncao, Barbosa, Magalhães|magalhaes, Cardoso, Nóbrega|nobrega, Figueiredo, Moura, Brandão|brandao, Pinheiro, Lima"),
		locale: "pt-BR", timezone: "America/Sao_Paulo", country: "BR", locality: "Recife", dialing: "+55 81 5550",
	},
}

// list splits names.
func list(text string) []string { return strings.Split(text, ", ") }

// spelled divides a name into how it is written and how an address has it.
func spelled(name string) (written, plain string) {
	written, plain, differs := strings.Cut(name, "|")
	if !differs {
		plain = strings.ToLower(written)
	}
	return written, plain
}
