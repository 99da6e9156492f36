"""Markdown: what is markup goes, what only looks like it stays."""

from __future__ import annotations

import pytest

from sco_pipeline.formats.plain import read_markdown, without_markup


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("The *ministers* and _experts_ met.", "The ministers and experts met."),
        ("They **agreed *to* meet** ***soon***.", "They agreed to meet soon."),
        ("*Over a\nline's end*", "Over a\nline's end"),
        ("*Not over\n\na paragraph's*", "*Not over\n\na paragraph's*"),
        ("* item\n* item two", "* item\n* item two"),
        ("5 * 3 * 2; snake_case_name; A* and B*", "5 * 3 * 2; snake_case_name; A* and B*"),
        ("1\\. Trade\\* \\[x\\](y)", "1. Trade* [x](y)"),
        ("the `code_of_x` field", "the code_of_x field"),
        ('[met](https://a.org "the \'title") [here][1] [x][]', "met here x"),
        ("[SCO](https://a.org/SCO_(bloc)) met", "SCO met"),
        ('![photo](a.jpg "alt")\nText', "\nText"),
        ("[![photo](a.jpg)](b.html)Text", "Text"),
        ('Text\n[1]: https://a.org "title"\n[^2]: /x', "Text"),
        ("[Title] Joint statement\n[Date]: 2016", "[Title] Joint statement\n[Date]: 2016"),
        ("| Name | State |\n|:---|---:|\n| A. B | China |", "Name | State\nA. B | China"),
        ("A | B\n--- | ---\nC | D", "A | B\nC | D"),
        ("Title\n---\nText", "Title\n---\nText"),
        ("---\ntitle: Report\ndate: 2016\n---\n# Report", "# Report"),
        ("---\nA sentence: of text\nand no end", "---\nA sentence: of text\nand no end"),
    ],
)
def test_markup_goes_and_text_stays(written: str, expected: str) -> None:
    assert without_markup(written) == expected
    crossed = written.replace("\n", "\r\n").encode()
    assert read_markdown(crossed).text == expected


@pytest.mark.parametrize("start", ["*a", "[", "![", "[a](", '[a](b "', "`a", "---\n", "| ", "*a\n"])
def test_repeated_starts_are_gone_through_once(start: str) -> None:
    """Quadratic time would take minutes."""
    assert without_markup(f"---\na: b\n{start * 50_000}")
