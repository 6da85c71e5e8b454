package dev.assay.cli.report;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A report as one HTML file with pictures in SVG, which asks nothing of any other place: a policy in its head forbids scripts and requests.
 * Whatever a name holds, it stays text.
 */
public final class HtmlPage {

  private static final String STYLE =
      """
      :root { color-scheme: light; --ink: #1c2430; --quiet: #5b6675; --line: #d9dee5; --bar: #3b75af; }
      body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink); background: #fff;
             max-width: 76rem; margin: 2rem auto; padding: 0 1.25rem; }
      h1 { font-size: 1.6rem; margin: 0 0 1.5rem; overflow-wrap: anywhere; }
      h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; overflow-wrap: anywhere; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
      th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
      th { color: var(--quiet); font-weight: 600; border-bottom: 2px solid var(--line); vertical-align: bottom; }
      th { max-width: 9rem; overflow-wrap: break-word; }
      th:first-child { max-width: none; }
      .n { text-align: right; }
      td.n { white-space: nowrap; }
      td:first-child { overflow-wrap: anywhere; min-width: 11rem; }
      tbody tr:hover { background: #f5f7fa; }
      p { color: var(--quiet); font-size: .85rem; margin: .4rem 0 0; max-width: 60rem; }
      svg { display: block; margin: .25rem 0 1rem; max-width: 100%; height: auto; }
      svg text { font: 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
      svg .quiet { fill: var(--quiet); }
      """;

  private static final int ROW = 26;
  private static final int LABEL_CHARACTERS = 44;
  private static final double CHARACTER = 6.7;
  private static final int PLOT = 460;
  private static final int VALUE = 60;
  private static final int AXIS = 22;
  private static final int CELL = 58;
  private static final int HEAD_CHARACTERS = 30;
  private static final double SLANT = 0.72;
  private static final int[] PALE = {238, 244, 251};
  private static final int[] DARK = {18, 75, 135};
  private static final double WHITE_FROM = 0.55;

  private HtmlPage() {}

  /** The whole file. */
  public static String of(Page page) {
    StringBuilder html = new StringBuilder();
    html.append(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        """);
    html.append("<title>").append(escaped(page.title())).append("</title>\n<style>\n").append(STYLE).append("</style>\n</head>\n<body>\n");
    html.append("<h1>").append(escaped(page.title())).append("</h1>\n");
    for (Page.Section section : page.sections()) {
      html.append("<section>\n<h2>").append(escaped(section.title())).append("</h2>\n");
      section.picture().ifPresent(picture -> draw(html, section.title(), picture));
      table(html, section.grid());
      section.notes().forEach(note -> html.append("<p>").append(escaped(note)).append("</p>\n"));
      html.append("</section>\n");
    }
    return html.append("</body>\n</html>\n").toString();
  }

  private static void table(StringBuilder html, Grid grid) {
    html.append("<div class=\"wide\"><table>\n");
    if (!grid.header().stream().allMatch(String::isEmpty)) {
      html.append("<thead><tr>");
      cells(html, "th", grid.header(), grid.words());
      html.append("</tr></thead>\n");
    }
    html.append("<tbody>\n");
    for (List<String> row : grid.rows()) {
      html.append("<tr>");
      cells(html, "td", row, grid.words());
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n");
  }

  private static void cells(StringBuilder html, String tag, List<String> cells, int words) {
    for (int column = 0; column < cells.size(); column++) {
      html.append('<').append(tag).append(column < words ? ">" : " class=\"n\">").append(escaped(cells.get(column)));
      html.append("</").append(tag).append('>');
    }
  }

  private static void draw(StringBuilder html, String title, Page.Picture picture) {
    switch (picture) {
      case Page.Picture.Bars(String caption, List<Page.Bar> bars) when !bars.isEmpty() -> {
        html.append("<p>").append(escaped(caption)).append("</p>\n");
        bars(html, title, bars);
      }
      case Page.Picture.HeatMap map when !map.rows().isEmpty() -> heatMap(html, title, map);
      case Page.Picture.Bars _, Page.Picture.HeatMap _ -> {
        // Nothing to draw.
      }
    }
  }

  /** Horizontal bars from 0 to 1 with whiskers; the scale ends at 1, so that pages can be laid beside each other. */
  private static void bars(StringBuilder svg, String title, List<Page.Bar> bars) {
    int longest = bars.stream().mapToInt(bar -> cut(bar.label(), LABEL_CHARACTERS).length()).max().orElse(0);
    double left = longest * CHARACTER + 12;
    double height = bars.size() * (double) ROW + AXIS;
    begin(svg, title, left + PLOT + VALUE, height);
    for (int tick = 0; tick <= 4; tick++) {
      double x = left + PLOT * tick / 4.0;
      svg.append(f("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%.1f\" stroke=\"#e4e8ed\"/>", x, x, height - AXIS));
      svg.append(f("<text class=\"quiet\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.2f</text>%n", x, height - 6, tick / 4.0));
    }
    for (int i = 0; i < bars.size(); i++) {
      Page.Bar bar = bars.get(i);
      double middle = i * (double) ROW + ROW / 2.0;
      svg.append(f("<g><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", left - 8, middle + 4)).append(escaped(cut(bar.label(), LABEL_CHARACTERS)));
      svg.append("</text><title>").append(escaped(bar.label())).append("</title>");
      double length = PLOT * clamped(bar.value());
      svg.append(f("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"14\" rx=\"2\" fill=\"#3b75af\"/>", left, middle - 7, length));
      double end = length;
      if (bar.low() != null && bar.high() != null) {
        double low = left + PLOT * clamped(bar.low());
        double high = left + PLOT * clamped(bar.high());
        svg.append(
            f("<path d=\"M%.1f %.1fH%.1fM%.1f %.1fv8M%.1f %.1fv8\" stroke=\"#1c2430\" stroke-width=\"1.5\" fill=\"none\"/>",
                low, middle, high, low, middle - 4, high, middle - 4));
        end = Math.max(length, high - left);
      }
      svg.append(f("<text x=\"%.1f\" y=\"%.1f\">%.3f</text></g>%n", left + end + 8, middle + 4, bar.value()));
    }
    svg.append("</svg></div>\n");
  }

  private static void heatMap(StringBuilder svg, String title, Page.Picture.HeatMap map) {
    int longest = map.rows().stream().mapToInt(row -> cut(row, LABEL_CHARACTERS).length()).max().orElse(0);
    int head = map.columns().stream().mapToInt(column -> cut(column, HEAD_CHARACTERS).length()).max().orElse(0);
    double left = longest * CHARACTER + 12;
    double top = head * CHARACTER * SLANT + 16;
    double width = left + map.columns().size() * (double) CELL + head * CHARACTER * SLANT;
    begin(svg, title, width, top + map.rows().size() * (double) ROW);
    for (int c = 0; c < map.columns().size(); c++) {
      double x = left + c * (double) CELL + CELL / 2.0;
      svg.append(f("<g><text transform=\"translate(%.1f %.1f) rotate(-45)\">", x, top - 6)).append(escaped(cut(map.columns().get(c), HEAD_CHARACTERS)));
      svg.append("</text><title>").append(escaped(map.columns().get(c))).append("</title></g>\n");
    }
    for (int r = 0; r < map.rows().size(); r++) {
      double y = top + r * (double) ROW;
      svg.append(f("<g><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", left - 8, y + ROW / 2.0 + 4)).append(escaped(cut(map.rows().get(r), LABEL_CHARACTERS)));
      svg.append("</text><title>").append(escaped(map.rows().get(r))).append("</title></g>\n");
      List<@Nullable Double> values = map.values().get(r);
      for (int c = 0; c < values.size(); c++) {
        cell(svg, left + c * (double) CELL, y, values.get(c));
      }
    }
    svg.append("</svg></div>\n");
  }

  private static void cell(StringBuilder svg, double x, double y, @Nullable Double value) {
    double middle = x + CELL / 2.0;
    if (value == null) {
      svg.append(f("<text class=\"quiet\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">–</text>%n", middle, y + ROW / 2.0 + 4));
      return;
    }
    double share = clamped(value);
    svg.append(f("<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill=\"%s\"/>", x + 1, y + 1, CELL - 2, ROW - 2, colour(share)));
    svg.append(
        f("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" style=\"fill:%s\">%.3f</text>%n",
            middle, y + ROW / 2.0 + 4, share >= WHITE_FROM ? "#fff" : "#1c2430", value));
  }

  private static void begin(StringBuilder svg, String title, double width, double height) {
    svg.append(f("<div class=\"wide\"><svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\" aria-label=\"", width, height, width, height));
    svg.append(escaped(title)).append("\">\n");
  }

  private static String colour(double share) {
    int[] mixed = new int[PALE.length];
    for (int i = 0; i < mixed.length; i++) {
      mixed[i] = (int) Math.round(PALE[i] + share * (DARK[i] - PALE[i]));
    }
    return "#%02x%02x%02x".formatted(mixed[0], mixed[1], mixed[2]);
  }

  private static double clamped(double value) {
    return Math.clamp(value, 0, 1);
  }

  private static String cut(String text, int most) {
    int[] signs = text.codePoints().toArray();
    return signs.length <= most ? text : new String(signs, 0, most - 1) + "…";
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private static String f(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** Text that no browser takes for anything else, in elements and in quoted attributes. */
  static String escaped(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints()
        .forEach(
            sign -> {
              switch (sign) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.appendCodePoint(Character.isISOControl(sign) ? ' ' : sign);
              }
            });
    return safe.toString();
  }
}
