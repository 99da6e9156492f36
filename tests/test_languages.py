"""The language of a text: which are told apart, and that plain English loads no model."""

import subprocess
import sys

import pytest

from sco_pipeline.languages import UNKNOWN, detect_language

ENGLISH = (
    "The ministers discussed the fight against terrorism in the region and agreed to hold the "
    "next meeting of the Council in Tashkent."
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        ("Министры обсудили борьбу с терроризмом.", "ru"),
        ("上海合作组织成员国安全会议秘书第十三次会议在北京举行。", "zh"),
        ("Сыртқы істер министрлері қауіпсіздік мәселелерін талқылады.", "kk"),
        ("Тышкы иштер министрлери коопсуздук маселелерин талкуулашты.", "ky"),
        ("Вазирони корҳои хориҷӣ масъалаҳои амниятро баррасӣ намуданд.", "tg"),
        ("Ташқи ишлар вазирлари хавфсизлик масалаларини муҳокама қилдилар.", "uz"),
        ("Davlat rahbarlari qoʻshma bayonotni imzoladilar.", "uz"),
        ("Міністри обговорили боротьбу з тероризмом.", "uk"),
        ("Міністры абмеркавалі барацьбу з тэрарызмам.", "be"),
        ("Гадаад хэргийн сайд нар бүс нутгийн аюулгүй байдлын асуудлыг хэлэлцэв.", "mn"),
        ("Les ministres se sont réunis à Tachkent pour parler de la paix. " * 4, "fr"),
        ("Die Minister trafen sich in Taschkent und sprachen über die Sicherheit. " * 4, "de"),
        ("Los ministros se reunieron para examinar la situación en la región. " * 4, "es"),
        ("Dışişleri bakanları bölgesel güvenliği görüştü.", "tr"),
        ("Xarici işlər nazirləri regional təhlükəsizliyi müzakirə etdilər.", "az"),
        ("وزیران امور خارجه درباره امنیت منطقه گفتگو کردند.", "fa"),
        ("اجتمع الوزراء في طشقند", "ar"),
        ("وزرائے خارجہ نے علاقائی سلامتی پر تبادلہ خیال کیا۔", "ur"),
        ("विदेश मंत्रियों ने क्षेत्रीय सुरक्षा पर चर्चा की।", "hi"),
        ("外相らはタシケントで地域の安全保障について協議した。", "ja"),
        ("외교장관들은 타슈켄트에서 지역 안보를 논의했다.", "ko"),
    ],
)
def test_detect_language(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Joint communiqué",
        "Samarkand Declaration",
        "SCO Secretary-General Rashid Alimov in Dushanbe",
        "Kazakhstan, Uzbekistan sign agreements",
        "Mevlüt Çavuşoğlu, Chingiz Aidarbekov, Péter Szijjártó",
        "PRESS RELEASE",
    ],
)
def test_headlines_and_names_count_as_english(text):
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    ("body", "frame", "language"),
    [
        (ENGLISH * 20, "Главная О министерстве Новости Контакты Карта сайта Поиск " * 12, "en"),
        ("Министры обсудили борьбу с терроризмом. " * 60, "Home News Contacts Search " * 20, "ru"),
        ("成员国外长讨论了地区安全问题。" * 60, "Home News Contacts Search " * 20, "zh"),
    ],
)
def test_the_larger_part_counts(body, frame, language):
    assert detect_language(f"{frame}\n{body}\n{frame}") == language


def test_what_is_no_language_is_unknown():
    assert detect_language("12.5 3.7 8.8 41 " * 40) == UNKNOWN


def test_plain_english_loads_no_model():
    code = (
        "import sys; from sco_pipeline.languages import detect_language; "
        f"assert detect_language({ENGLISH!r}) == 'en'; "
        "sys.exit('py3langid' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
