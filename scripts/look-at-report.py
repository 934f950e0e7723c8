"""Looks at a report in a browser without a window: see scripts/test-report."""

import re
import subprocess
import sys
import tempfile
import xml.dom.minidom
from html.parser import HTMLParser
from pathlib import Path


class Words(HTMLParser):
    """The headings, verdicts and numbers that a reader should see."""

    def __init__(self):
        super().__init__()
        self.path, self.headings, self.verdicts = [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br"):
            self.path.append((tag, dict(attributes).get("class", "")))
        if tag in ("h1", "h2", "h3"):
            self.headings.append("")
        if tag == "p" and len(self.path) > 1 and self.path[-2][1].startswith("verdict"):
            self.verdicts.append("")

    def handle_endtag(self, tag):
        if self.path and self.path[-1][0] == tag:
            self.path.pop()

    def handle_data(self, data):
        if self.path and self.path[-1][0] in ("h1", "h2", "h3"):
            self.headings[-1] += data
        if len(self.path) > 1 and self.path[-2][1].startswith("verdict") and self.verdicts:
            self.verdicts[-1] += data


def browse(page, profile, *options):
    """Runs the browser; gives what it printed and what its console said."""
    command = [
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--force-device-scale-factor=1", "--no-first-run", "--disable-background-networking",
        f"--user-data-dir={profile}", "--enable-logging=stderr", *options, page.resolve().as_uri()]
    result = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    console = [line for line in result.stderr.splitlines() if "CONSOLE" in line]
    return result.stdout, console


def squeezed(text):
    return re.sub(r"\s+", "", text)


def main():
    folder = Path(sys.argv[1])
    page = folder / "report.html"
    source = page.read_text(encoding="utf-8")
    xml.dom.minidom.parseString(source.removeprefix("<!DOCTYPE html>").encode())
    drawings = re.findall(r"<svg.*?</svg>", source, re.DOTALL)
    for drawing in drawings:
        xml.dom.minidom.parseString(drawing.encode())
    words = Words()
    words.feed(source)
    problems = []
    with tempfile.TemporaryDirectory() as profile:
        # What the console says of a faulty page is seen at all.
        broken = Path(profile) / "broken.html"
        broken.write_text("<script>console.error('x')</script>")
        if not browse(broken, profile, "--dump-dom")[1]:
            problems.append("the browser's console cannot be read")
        text, console = browse(page, profile, "--dump-dom")
        problems += console
        # A fault in the markup would move elements: the browser's tree has all that the file has.
        for tag in ("section", "svg", "rect", "circle", "table", "tr", "figure", "details"):
            expected, found = source.count(f"<{tag}"), text.count(f"<{tag}")
            if expected != found:
                problems.append(f"{found} {tag} of {expected}")
        # preferredColorScheme: 0 is dark, 1 is light.
        for name, scheme in (("light", 1), ("dark", 0)):
            _, console = browse(
                page, profile, "--window-size=1000,14000",
                f"--blink-settings=preferredColorScheme={scheme}",
                f"--screenshot={folder / name}.png")
            problems += console
        _, console = browse(
            page, profile, "--window-size=420,14000", f"--screenshot={folder / 'narrow'}.png")
        problems += console
        _, console = browse(
            page, profile, "--no-pdf-header-footer", f"--print-to-pdf={folder / 'print.pdf'}")
        problems += console
    printed = squeezed(subprocess.run(
        ["pdftotext", "-layout", str(folder / "print.pdf"), "-"], capture_output=True, text=True,
        check=True).stdout)
    for text in words.headings + words.verdicts:
        if squeezed(text)[:60] not in printed:
            problems.append(f"not on paper: {text}")
    # Tables that are folded on the screen are open on paper.
    if "details" in source and "packedweights,MiB" not in printed and 'id="memory"' in source:
        problems.append("not on paper: the table of memory")
    subprocess.run(
        ["pdftoppm", "-r", "70", "-png", str(folder / "print.pdf"), str(folder / "print")],
        check=True)
    light, dark = ((folder / f"{name}.png").read_bytes() for name in ("light", "dark"))
    if light == dark:
        problems.append("the dark page looks like the light one")
    if not words.headings or not drawings:
        problems.append("the page has no headings or drawings")
    for problem in problems:
        print(f"test-report: {problem}", file=sys.stderr)
    print(
        f"{len(source)} bytes, {len(words.headings)} headings, {len(words.verdicts)} verdicts,"
        f" {len(drawings)} drawings; look at {folder}/light.png, dark.png, narrow.png, print-*.png")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
