/// The look of the page: on light and dark screens and on paper.
enum Stylesheet {
  static let rules = colours + layout + charts + paper

  /// Colours hold 3:1 or more as areas and 4.5:1 as text; orange, grey and blue also differ for
  /// those who do not see red or green.
  private static let colours = """
    :root {
      color-scheme: light dark;
      --paper: #ffffff; --ink: #14171c; --muted: #565e6b; --rule: #d8dce3; --soft: #f3f5f8;
      --s-branched: #c65a11; --s-folded: #697180; --s-plain: #1f63cf;
      --s-1: #1f63cf; --s-2: #c65a11; --s-3: #0b8378; --s-4: #8450c4; --s-5: #b03070;
      --s-6: #697180; --quiet: #16794a; --noisy: #a8480b;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --paper: #12151a; --ink: #e7eaef; --muted: #a3abb8; --rule: #343b46; --soft: #1b2027;
        --s-branched: #f0914a; --s-folded: #98a1af; --s-plain: #6ea6ff;
        --s-1: #6ea6ff; --s-2: #f0914a; --s-3: #3fc3b4; --s-4: #b796f2; --s-5: #f082b4;
        --s-6: #98a1af; --quiet: #58c792; --noisy: #f0914a;
      }
    }

    """

  private static let layout = """
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; max-width: 56rem; padding: 3rem 1.5rem 4rem; background: var(--paper);
      color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto,
        "Helvetica Neue", "DejaVu Sans", sans-serif;
      font-variant-numeric: tabular-nums;
    }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.015em; }
    h2 {
      font-size: 1.3rem; line-height: 1.3; margin: 3.2rem 0 .4rem; padding-top: 1rem;
      border-top: 2px solid var(--ink); letter-spacing: -.01em;
    }
    h3 { font-size: 1rem; margin: 2rem 0 .3rem; }
    p { margin: .5rem 0; max-width: 44rem; }
    .lead { color: var(--muted); }
    .answer { font-size: 1.15rem; max-width: 44rem; margin: 1.5rem 0 .5rem; }
    .answer b {
      display: block; font-size: 3.6rem; line-height: 1.05; letter-spacing: -.03em;
      color: var(--s-plain); font-weight: 700;
    }
    .tiles {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1px;
      background: var(--rule); border: 1px solid var(--rule); margin: 1.5rem 0;
    }
    .tile { background: var(--paper); padding: .8rem 1rem; }
    .tile .what { display: block; color: var(--muted); font-size: .82rem; }
    .tile .figure { display: block; font-size: 1.5rem; line-height: 1.3; font-weight: 600; }
    .tile .note { display: block; color: var(--muted); font-size: .82rem; }
    nav ul { list-style: none; padding: 0; margin: 1rem 0; display: flex; flex-wrap: wrap; }
    nav li { margin: 0 1.2rem .2rem 0; }
    a { color: var(--s-plain); text-underline-offset: .15em; }
    .verdict {
      border-left: 4px solid var(--s-plain); padding: .1rem 0 .1rem 1rem; margin: 1rem 0;
      max-width: 44rem;
    }
    .verdict.unjudged { border-color: var(--rule); color: var(--muted); }
    .verdict.quiet { border-color: var(--quiet); }
    .verdict.noisy, .verdict.interrupted { border-color: var(--noisy); }
    .note { color: var(--muted); font-size: .88rem; }
    .scroll { overflow-x: auto; margin: .8rem 0; }
    table { border-collapse: collapse; font-size: .84rem; line-height: 1.35; }
    th, td {
      padding: .28rem .8rem .28rem 0; border-bottom: 1px solid var(--rule); text-align: left;
      font-weight: 400; vertical-align: top;
    }
    thead th { color: var(--muted); vertical-align: bottom; border-color: var(--muted); }
    .n { text-align: right; white-space: nowrap; }
    .sum th, .sum td { font-weight: 600; border-top: 1px solid var(--muted); }
    th:last-child, td:last-child { padding-right: 0; }
    thead .n { white-space: normal; }
    tbody th.t { white-space: nowrap; }
    td.t { overflow-wrap: break-word; }
    details { margin: .6rem 0 1.2rem; }
    summary { cursor: pointer; color: var(--muted); font-size: .88rem; }
    code { font: .88em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
    .word { white-space: nowrap; }

    """

  private static let charts = """
    figure { margin: 1rem 0; overflow-x: auto; }
    figcaption { font-size: .88rem; color: var(--muted); margin-bottom: .3rem; max-width: 44rem; }
    svg { display: block; width: 100%; min-width: 34rem; height: auto; }
    svg text {
      font-size: 12px; fill: var(--ink); paint-order: stroke; stroke: var(--paper);
      stroke-width: 3px; stroke-linejoin: round;
    }
    svg .muted { fill: var(--muted); }
    svg .strong { font-weight: 600; }
    svg .inside { fill: var(--paper); stroke: none; }
    svg .grid { stroke: var(--rule); stroke-width: 1; }
    svg .axis { stroke: var(--muted); stroke-width: 1; }
    svg .reference { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 4 3; }
    svg .roof { stroke: var(--ink); stroke-width: 2; fill: none; }
    svg .mark { stroke: var(--ink); stroke-width: 2; }
    svg .leader { stroke: var(--muted); stroke-width: 1; }

    """
    + ["branched", "folded", "plain", "1", "2", "3", "4", "5", "6"].map { name in
      """
      svg .f-\(name) { fill: var(--s-\(name)); }
      svg .l-\(name) { stroke: var(--s-\(name)); stroke-width: 2; fill: none; }
      svg .a-\(name) { fill: var(--s-\(name)); fill-opacity: .28; stroke: var(--s-\(name)); }
      svg .p-\(name) { fill: var(--s-\(name)); fill-opacity: .75; stroke: var(--paper); }
      .k-\(name) { background: var(--s-\(name)); }

      """
    }.joined()
      + """
      svg .segment { stroke: var(--paper); stroke-width: 1; }
      .key { list-style: none; padding: 0; margin: .3rem 0; display: flex; flex-wrap: wrap; }
      .key li { margin-right: 1.2rem; font-size: .84rem; }
      .key i {
        display: inline-block; width: .8em; height: .8em; margin-right: .4em;
        print-color-adjust: exact; -webkit-print-color-adjust: exact;
      }

      """

  private static let paper = """
    @page { size: A4; margin: 16mm 14mm; }
    @media print {
      body { max-width: none; padding: 0; font-size: 10.5pt; }
      svg { min-width: 0; }
      svg, .verdict, .tiles { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      figure, .scroll { overflow: visible; }
      figure, .tiles, .verdict, .answer, tr { break-inside: avoid; }
      h2, h3, figcaption, summary { break-after: avoid; }
      thead { display: table-header-group; }
      nav { display: none; }
      table { font-size: 8pt; }
      th, td { padding-right: .5rem; }
      tbody th.t { white-space: normal; }
      details::details-content { content-visibility: visible; display: block; height: auto; }
      summary { list-style: none; }
      a { color: inherit; text-decoration: none; }
    }

    """
}
