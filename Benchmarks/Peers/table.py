"""Prints rows as they are finished, as text or as a Markdown table."""

import sys


class Table:
    """A table whose widths are known before its rows."""

    def __init__(self, titles, is_markdown):
        self.titles, self.is_markdown = titles, is_markdown
        self.widths = [max(len(title), 9) for title in titles]
        if is_markdown:
            self.line("| " + " | ".join(titles) + " |")
            self.line("| --- |" + " ---: |" * (len(titles) - 1))
        else:
            self.row(titles)

    def row(self, cells):
        if self.is_markdown:
            self.line("| " + " | ".join(cells) + " |")
        else:
            self.line(
                "  ".join(
                    cell.ljust(width) if place == 0 else cell.rjust(width)
                    for place, (cell, width) in enumerate(zip(cells, self.widths))))

    @staticmethod
    def line(text):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def mebibytes(count):
    return "-" if not count else f"{count / 1048576:.0f}"


class Results:
    """The rows of one comparison."""

    def __init__(self, options, forms):
        self.options, self.forms = options, forms
        titles = ["model", "batch", "threads"]
        titles += [f"{self.name(form)} ms" for form in forms] + [f"{p} ms" for p in options.peers]
        titles += [f"best peer / {self.name(forms[0])}", "logits, relative L2"]
        if options.memory:
            titles += [f"{self.name(form)} MiB" for form in forms]
            titles += [f"{p} MiB" for p in options.peers] + ["Python alone MiB"]
        self.table = Table(titles, options.format == "md")

    @staticmethod
    def name(form):
        return "this engine" if form == "plain" else form

    def append(self, row):
        names = [*self.forms, *self.options.peers]
        cells = [row["model"], str(row["batch"]), str(row["threads"])]
        cells += [
            f"{row['median_ms'][name]:.2f}" if name in row["median_ms"] else "-" for name in names]
        cells += [f"{row['ratio']:.2f}", f"{row['relative_l2']:.1e}"]
        if self.options.memory:
            cells += [mebibytes(row["peak_rss_bytes"].get(name)) for name in names]
            cells += [mebibytes(row["python_rss_bytes"])]
        self.table.row(cells)
