"""Files as a user would have them, made from lines of text: PDF (with head, page numbers and broken lines), Word, HTML, text."""

import zipfile
from html import escape
from pathlib import Path
from xml.sax.saxutils import escape as xml

WIDTH, ROWS = 40, 36


def pdf(path: Path, said: str, head: str = "", width: int = WIDTH, rows: int = ROWS) -> Path:
    """``said`` set in lines of ``width`` characters, ``rows`` a page, with a running head and a page number."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path))
    lines = [line[start : start + width] for line in said.split("\n") for start in range(0, len(line), width)]
    for page in range(0, len(lines), rows):
        canvas.setFont("STSong-Light", 11)
        if head:
            canvas.drawString(60, 820, head)
        for row, line in enumerate(lines[page : page + rows]):
            canvas.drawString(60, 800 - 20 * row, line)
        canvas.drawCentredString(300, 30, f"— {page // rows + 1} —")
        canvas.showPage()
    canvas.save()
    return path


def docx(path: Path, said: str) -> Path:
    """A Word file, a paragraph a line, each in two runs as Word likes to cut them."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    runs = [(line[: len(line) // 2], line[len(line) // 2 :]) for line in said.split("\n")]
    body = "".join(
        "<w:p>" + "".join(f'<w:r><w:t xml:space="preserve">{xml(part)}</w:t></w:r>' for part in pair) + "</w:p>" for pair in runs
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<?xml version="1.0" encoding="UTF-8"?><w:document {space}><w:body>{body}</w:body></w:document>')
    return path


def html(path: Path, said: str) -> Path:
    """A web page with a script and a menu that are not text."""
    body = "".join(f"<p>{escape(line)}</p>\n" for line in said.split("\n"))
    path.write_text(f"<!DOCTYPE html><html><head><title>x</title><script>var a = '5000万元';</script></head><body>{body}</body></html>", encoding="utf-8")
    return path


def plain(path: Path, said: str, encoding: str = "utf-8") -> Path:
    """A text file."""
    path.write_bytes(said.encode(encoding))
    return path
