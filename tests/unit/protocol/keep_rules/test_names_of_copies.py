"""Which names are those of copies, and which folders are no albums, in many languages."""

from __future__ import annotations

import unicodedata

import pytest

from difd.protocol.keep_rules.copy_names import name_facts
from difd.protocol.keep_rules.side_folders import side_folders


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1 copy.jpg", "IMG_1 copy 2.jpg", "IMG_1 - Copy.jpg", "IMG_1 - Copy (2).jpg",
        "IMG_1_copy.jpg", "Copy of IMG_1.jpg", "Copy (3) of IMG_1.jpg", "IMG_1 (copy).jpg",
        "IMG_1 (another copy).jpg", "IMG_1 (3rd copy).jpg", "IMG_1.bak.jpg",
        "IMG_1 (Ada's conflicted copy 2020-02-01).jpg",
        "IMG_1 Kopie.jpg", "IMG_1 - Kopie (2).jpg", "Kopie von IMG_1.jpg", "IMG_1 (Kopie).jpg",
        "Copie de IMG_1.jpg", "IMG_1 - Copie.jpg", "IMG_1 copie 2.jpg",
        "Copia de IMG_1.jpg", "IMG_1 - copia.jpg", "Copia di IMG_1.jpg", "IMG_1 copia 3.jpg",
        "IMG_1 - Cópia.jpg", "Kopie van IMG_1.jpg", "IMG_1 - kopia.jpg", "IMG_1 - Kopi.jpg",
        "IMG_1 - Копия.jpg", "IMG_1 のコピー.jpg", "IMG_1 - 副本 (2).jpg", "IMG_1 복사본.jpg",
        "IMG_1 — копия.jpg", "IMG_1 – másolata.jpg", "IMG_1 kopyası.jpg",  # noqa: RUF001
        "IMG_1 - Kopija.jpg",
        "IMG_1 - Αντιγραφή.jpg", "IMG_1 - עותק.jpg", "نسخة من IMG_1.jpg", "IMG_1 - สำเนา.jpg",
        "Kopia IMG_1.jpg", "Копия IMG_1.jpg", "复件 IMG_1.jpg", "IMG_1(副本).jpg",
        "IMG_1 (Case Conflict).jpg", "IMG_1_conflict-20200102-101112.jpg",
        "mmexport1577959872000.jpg", "viber image 2020-01-02.jpg", "KakaoTalk_20200102_101112.jpg",
        "photo_5195123456789012345_y.jpg", "IMG_1[1].jpg", "images (12).jpeg", "download(3).jpg",
        "IMG_1 (1).jpg", "IMG_1(2).jpg", "IMG_1~2.jpg", "IMG_1 COPY.JPG",
        "IMG-20200102-WA0012.jpg", "IMG-20200102-WA0012 (1).jpg",
        "WhatsApp Image 2020-01-02 at 10.11.12.jpeg", "FB_IMG_1577959872.jpg",
        "received_1234567890.jpeg", "signal-2020-01-02-101112.jpg",
        "photo_2020-01-02_10-11-12.jpg", "IMG_1.sync-conflict-20200102-101112-ABCDEFG.jpg",
        unicodedata.normalize("NFD", "IMG_1 - Cópia.jpg"),
    ],
)  # fmt: skip
def test_a_name_that_says_so_is_that_of_a_copy(name):
    assert name_facts(b"/p/" + name.encode()).is_copy


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1234.jpg", "DSC00012.JPG", "PXL_20200102_101112.jpg", "Summer (2019).jpg",
        "Copyright.jpg", "copycat.jpg", "Photocopier.jpg", "Copenhagen.jpg", "Bakery.jpg",
        "20200102-101112.jpg", "Birthday 2.jpg", "scan-12.tif", "copy.jpg", "Wasser.jpg",
        "IMG~.jpg", "(1).jpg", "Sicherungskasten.jpg", "WA0012.jpg", "a_copyist_at_work.png",
        "Wedding (12).jpg", "Copie conforme.jpg", "Kopi Luwak.jpg", "Копия картины.jpg",
    ],
)  # fmt: skip
def test_other_names_are_not(name):
    assert not name_facts(b"/p/" + name.encode()).is_copy


def test_a_name_that_is_not_utf_8_can_be_asked_about():
    assert name_facts(b"/p/\xff copy.jpg").is_copy
    assert not name_facts(b"/p/\xff.jpg").is_copy


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("Wedding (12).jpg", "Wedding.jpg"), ("Oma~2.jpg", "Oma.jpg"),
        ("IMG_1 2.jpg", "IMG_1.heic"), ("IMG_1-1.jpg", "IMG_1.jpg"), ("IMG_1_2.jpg", "img_1.JPG"),
        ("E\u0301te\u0301 2.jpg", "Été.jpg"),
    ],
)  # fmt: skip
def test_a_number_at_the_end_names_the_file_without_it(name, original):
    assert name_facts(name.encode()).numbered_from == name_facts(original.encode()).stem


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("Phone backup", "backups"), ("Backup2019", "backups"), ("my_backups", "backups"),
        ("Handysicherung", "backups"), ("Sicherung 2", "backups"), ("Datensicherungen", "backups"),
        ("Sauvegarde", "backups"), ("Copia de seguridad", "backups"), ("Respaldo", "backups"),
        ("Copia di sicurezza", "backups"), ("Cópia de segurança", "backups"),
        ("Downloads", "downloads"), ("download", "downloads"), ("Téléchargements", "downloads"),
        ("Descargas", "downloads"), ("Scaricati", "downloads"), ("Heruntergeladenes", "downloads"),
        ("WhatsApp Images", "messenger"), ("Telegram", "messenger"), ("Signal", "messenger"),
        ("tmp", "temporary"), ("Temp 2", "temporary"), ("my-temp", "temporary"),
        ("Temporär", "temporary"), ("temporaires", "temporary"), ("Temporanei", "temporary"),
        ("Exports", "exports"), ("export_2020", "exports"), ("Exportiert", "exports"),
        ("Exportés", "exports"), ("Takeout", "exports"), ("Esportate", "exports"),
        ("Duplikate", "duplicates"), ("recup_dir.12", "rescued"), ("FileHistory", "backups"),
        ("Birthday copy", "copy"), ("Bilder - Kopie", "copy"),
        (unicodedata.normalize("NFD", "Téléchargements"), "downloads"),
    ],
)  # fmt: skip
def test_a_folder_in_which_copies_pile_up_is_known_by_its_name(folder, kind):
    (found,) = side_folders(f"/p/{folder}/2020".encode())
    assert found.name == folder
    assert kind in found.kind


@pytest.mark.parametrize(
    "folder",
    [
        "Birthday", "Summer in Tuscany", "DCIM", "100APPLE", "Temple", "Template", "Exposure",
        "Versicherung", "Attempts", "Signal Hill", "Finish line", "Pictures", "Camera Roll",
        "Contemporary art", "Sportexporteure", "2020", "Archive", "Birthday (1)", "Birthday 2",
    ],
)  # fmt: skip
def test_other_folders_may_be_albums(folder):
    assert side_folders(f"/p/{folder}".encode()) == ()


def test_every_such_folder_on_the_way_counts():
    kinds = [one.kind for one in side_folders(b"/p/Backup/2020/WhatsApp Images")]
    assert kinds == ["a folder for backups", "the folder of a messenger"]
