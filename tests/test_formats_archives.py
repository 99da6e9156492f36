import gzip
import io
import tarfile
import zipfile
import zlib
from collections import Counter
from posixpath import splitext

import hypothesis.strategies as st
import pytest
from hostile import GOOD, LIMITS, hostile_files, make_tar, make_zip, nested_zip, overlapping_zip
from hypothesis import HealthCheck, example, given, settings

from sco_pipeline.formats.archives import archive_members
from sco_pipeline.formats.detection import GZIP, TAR, ZIP
from sco_pipeline.formats.members import Member, decode_name, is_passed_over, safe_name, safe_path
from sco_pipeline.limits import Limits
from sco_pipeline.model import Loss

TEXT = GOOD.encode()
SMALL = Limits(file_bytes=2_000, archive_bytes=5_000, archive_members=10, archive_depth=2)

PARTS = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="/\\:"), min_size=1,
    max_size=40,
).filter(lambda part: not is_passed_over(part))  # fmt: skip
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
# No content is an archive by chance, and none is without a byte.
FILES = st.dictionaries(PATHS, st.binary(max_size=1500).map(b"=".__add__), max_size=8)


def unpack(content: bytes, media_type: str, limits: Limits = LIMITS) -> dict[str, bytes]:
    """Members by name, of an archive that is whole."""
    items = list(archive_members(content, media_type, limits))
    assert [item for item in items if isinstance(item, Loss)] == []
    assert len({item.name for item in items}) == len(items)
    return {item.name: item.content for item in items}


def losses(content: bytes, media_type: str, limits: Limits = LIMITS) -> list[str]:
    items = archive_members(content, media_type, limits)
    return [item.reason for item in items if isinstance(item, Loss)]


@settings(deadline=None, max_examples=30)
@given(
    FILES,
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_archive_members_come_back_complete(files, method, tar_format):
    assert unpack(make_zip(files, method), ZIP) == files
    stream = io.BytesIO()
    try:
        with tarfile.open(fileobj=stream, mode="w", format=tar_format) as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    except ValueError:  # a name that this format cannot hold
        return
    tar = stream.getvalue()
    assert unpack(tar, TAR) == files
    if files:
        assert unpack(gzip.compress(tar), GZIP) == files


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([ZIP, TAR, GZIP]),
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=6)), max_size=5),
    st.integers(0, 10_000),
)
def test_archive_members_never_fail_nor_exceed_limits(media_type, edits, cut):
    inner = make_zip({"b.txt": TEXT, "c.txt": bytes(1_900)})
    files = {"a.txt": TEXT, "x" * 120 + ".txt": TEXT, "inner.zip": inner, "inner.gz": TEXT}
    valid = {
        ZIP: make_zip(files),
        TAR: make_tar(files),
        GZIP: gzip.compress(make_tar(files), mtime=0),
    }[media_type]
    changed = bytearray(valid)
    for place, patch in edits:
        place %= len(changed)
        changed[place : place + len(patch)] = patch
    content = bytes(changed[: len(changed) - cut % len(changed)] if cut % 3 == 0 else changed)
    items = list(archive_members(content, media_type, SMALL))
    members = [item for item in items if isinstance(item, Member)]
    assert sum(len(member.content) for member in members) <= SMALL.archive_bytes
    assert len(members) <= SMALL.archive_members
    for member in members:
        assert len(member.content) <= SMALL.file_bytes
        assert safe_path(member.name) == member.name


@settings(deadline=None)
@given(st.binary(max_size=3000), st.sampled_from([ZIP, TAR, GZIP]))
@example(b"PK\x05\x06" + bytes(18), ZIP)
@example(b"\x1f\x8b\x08\x00", GZIP)
def test_archive_members_of_random_bytes(content, media_type):
    assert all(
        isinstance(item, Member | Loss) for item in archive_members(content, media_type, SMALL)
    )


ENDINGS = {".zip": ZIP, ".tar": TAR, ".gz": GZIP}


@pytest.mark.parametrize(
    "file", [file for file in hostile_files() if file.name.endswith(tuple(ENDINGS))],
    ids=lambda file: file.name,
)  # fmt: skip
def test_hostile_archives_lose_what_they_must_and_stay_in_bounds(file):
    media_type = ENDINGS[splitext(file.name)[1]]
    items = list(archive_members(file.content, media_type, LIMITS))
    members = [item for item in items if isinstance(item, Member)]
    found = [item.reason for item in items if isinstance(item, Loss)]
    assert file.reason in (found or ["empty"])
    assert sum(len(member.content) for member in members) <= LIMITS.archive_bytes
    assert all(item.detail.isprintable() for item in items if isinstance(item, Loss))


def test_zip_order_is_that_of_names_and_equal_names_are_numbered():
    files = {"b.txt": b"1", "a/z.txt": b"2", "c.txt": b"3", "a.txt": b"4"}
    content = make_zip(files).replace(b"c.txt", b"b.txt")
    assert list(archive_members(content, ZIP, LIMITS)) == [
        Member("a.txt", b"4"),
        Member("a/z.txt", b"2"),
        Member("b.txt", b"1"),
        Member("b-2.txt", b"3"),
    ]


def test_what_lies_beside_documents_is_passed_over_and_sidecars_are_not():
    names = (
        "a.txt", "a.yml", ".git/config", "x/.a.txt", "__MACOSX/._a.txt", "x/Thumbs.db",
        "README.md", "x/Readme", "./x/b.txt",
    )  # fmt: skip
    files = dict.fromkeys(names, TEXT)
    assert sorted(unpack(make_zip(files), ZIP)) == ["a.txt", "a.yml", "x/b.txt"]
    assert sorted(unpack(make_tar(files), TAR)) == ["a.txt", "a.yml", "x/b.txt"]


def test_archives_in_archives_share_the_limits():
    inner = make_zip({"b.txt": TEXT})
    files = {"in.zip": inner, "in.tgz": make_tar({"c.txt": TEXT}, "w:gz"), "d.txt.gz": gz(TEXT)}
    assert unpack(make_zip(files), ZIP) == {
        "in.zip/b.txt": TEXT,
        "in.tgz/c.txt": TEXT,
        "d.txt.gz/d.txt": TEXT,
    }
    assert losses(nested_zip(2, TEXT), ZIP) == []
    assert losses(nested_zip(3, TEXT), ZIP) == ["nested_too_deep"]
    many = make_zip({f"{i}.zip": make_zip({"a.txt": b"x", "b.txt": b"y"}) for i in range(4)})
    assert losses(many, ZIP, SMALL) == ["too_many_members"]
    heavy = make_zip({f"{i}.zip": make_zip({"a.txt": bytes(1900)}) for i in range(4)})
    assert losses(heavy, ZIP, SMALL) == ["unpacks_too_large"]


def gz(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def test_a_document_that_is_a_zip_is_no_archive():
    word = make_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>"})
    book = make_zip({"mimetype": b"application/epub+zip", "a.xhtml": b"<x/>"})
    assert unpack(make_zip({"a.docx": word, "b.epub": book}), ZIP) == {
        "a.docx": word,
        "b.epub": book,
    }


def test_a_member_may_be_too_large_alone():
    files = {"a.txt": b"x" * 2_001, "b.txt": b"y" * 500}
    for content, media_type in ((make_zip(files), ZIP), (make_tar(files), TAR)):
        items = list(archive_members(content, media_type, SMALL))
        assert [item.reason for item in items if isinstance(item, Loss)] == ["too_large"]
        assert Member("b.txt", b"y" * 500) in items


def test_what_is_whole_before_the_damage_is_read():
    tar = make_tar({"a.txt": TEXT, "b.txt": TEXT})
    items = list(archive_members(tar[:1200], TAR, LIMITS))
    assert items[0] == Member("a.txt", TEXT)
    assert [item.reason for item in items[1:]] == ["truncated"]
    overlap = list(archive_members(overlapping_zip(1_500, 8), ZIP, SMALL))
    assert Counter(type(item) for item in overlap) == {Member: 3, Loss: 1}


def test_gzip_of_one_file_takes_the_name_in_its_header():
    stream = io.BytesIO()
    with gzip.GzipFile("press/../note.txt", "wb", fileobj=stream) as file:
        file.write(TEXT)
    assert list(unpack(stream.getvalue(), GZIP)) == ["note.txt"]
    assert unpack(gz(TEXT) + gz(b"More."), GZIP) == {"content": TEXT + b"More."}


def test_zip64_and_unicode_path_fields():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as f:
        f.write(TEXT)
    assert unpack(stream.getvalue(), ZIP) == {"a.txt": TEXT}
    raw = b"caf\x82.txt"
    path = "café-№.txt".encode()
    extra = b"up" + (5 + len(path)).to_bytes(2, "little") + b"\x01"
    entry = zipfile.ZipInfo("xxxx.txt")
    entry.extra = extra + zlib.crc32(raw).to_bytes(4, "little") + path
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(entry, TEXT)
    assert list(unpack(stream.getvalue().replace(b"xxxx.txt", raw), ZIP)) == ["café-№.txt"]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Заявление.txt", "cp866"),
        ("Заявление ШОС-2016.txt", "cp866"),
        ("联合公报.txt", "gbk"),
        ("Communiqué.txt", "cp437"),
        ("Встреча.txt", "utf-8"),
    ],
)
def test_decode_name_by_what_archivers_write(name, encoding):
    assert decode_name(name.encode(encoding)) == name


@given(st.text(max_size=300))
def test_safe_names_are_safe_paths(text):
    name = safe_name(text, "otherwise")
    assert safe_path(name) == name
    assert "/" not in name
    assert not name.startswith(".")


def test_gzip_without_a_name_inside_is_named_by_its_own():
    content = gzip.compress(TEXT)
    for name, inner in (("2016.txt", "2016.txt"), ("", "content"), ("../x", "x")):
        assert list(archive_members(content, GZIP, LIMITS, name)) == [Member(inner, TEXT)]
