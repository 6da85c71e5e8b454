package dev.assay.cli.terminal;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Work in progress: a bar with rate and time left, and a picture below it. On a terminal both are painted over as they change;
 * elsewhere the bar is a plain line now and then, and the picture is left out. Safe for use by many threads.
 */
public final class LiveView implements AutoCloseable {

  private static final DecimalFormat SPEED = new DecimalFormat("0.0", DecimalFormatSymbols.getInstance(Locale.ROOT));
  private static final int REPAINT_MILLIS = 250;
  private static final long PLAIN_LINE_NANOS = Duration.ofSeconds(5).toNanos();
  private static final int PLAIN_COLUMNS = 120;
  private static final String CLEAR_BELOW = "\u001b[J";

  private final Console console;
  private final ProgressBar bar;
  private String barLine = "";
  private List<String> picture = List.of();
  private int painted;
  private long lastPlainLine;
  private boolean plainLineOwed;

  private LiveView(Console console, ProgressBarBuilder builder) {
    this.console = console;
    this.lastPlainLine = System.nanoTime();
    this.bar = builder.setUpdateIntervalMillis(REPAINT_MILLIS).setConsumer(new Line()).showSpeed(SPEED).build();
  }

  /**
   * Begins.
   *
   * @param task what is done, a word or three
   * @param unit what is counted, such as {@code " answers"}
   * @param unitSize how many of the counted things are one unit, such as 1,000,000 for bytes shown as MB
   * @param total how many things there are; -1 when unknown
   */
  public static LiveView begin(Console console, String task, String unit, long unitSize, long total) {
    ProgressBarStyle style = console.isTerminal() ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII;
    return new LiveView(
        console,
        new ProgressBarBuilder().setTaskName(task).setUnit(unit, unitSize).setInitialMax(total).setStyle(style));
  }

  /** Says how many are done. */
  public void done(long count) {
    bar.stepTo(count);
  }

  /** Sets how many there are, once that is known. */
  public void total(long count) {
    bar.maxHint(count);
  }

  /** A few words that stand behind the bar. */
  public void remark(String words) {
    bar.setExtraMessage(words);
  }

  /** Shows another picture below the bar. */
  public synchronized void picture(List<String> lines) {
    picture = List.copyOf(lines);
    if (console.isTerminal()) {
      paint();
    }
  }

  /** Ends: on a terminal the moving picture disappears, so that the result can take its place. */
  @Override
  public void close() {
    bar.close();
    synchronized (this) {
      if (console.isTerminal()) {
        erase();
      } else if (plainLineOwed) {
        console.note(barLine);
      }
    }
  }

  private synchronized void accept(String line) {
    barLine = line.strip();
    if (console.isTerminal()) {
      paint();
      return;
    }
    plainLineOwed = true;
    if (System.nanoTime() - lastPlainLine >= PLAIN_LINE_NANOS) {
      console.note(barLine);
      lastPlainLine = System.nanoTime();
      plainLineOwed = false;
    }
  }

  private void paint() {
    StringBuilder text = new StringBuilder(up());
    text.append(fit(barLine)).append('\n');
    picture.forEach(line -> text.append(fit(line)).append('\n'));
    painted = 1 + picture.size();
    console.out().print(text);
    console.out().flush();
  }

  private void erase() {
    console.out().print(up());
    console.out().flush();
    painted = 0;
  }

  private String up() {
    return painted == 0 ? "" : "\u001b[" + painted + "A\r" + CLEAR_BELOW;
  }

  private String fit(String line) {
    return line.length() < console.columns() ? line : line.substring(0, console.columns() - 1);
  }

  /** Takes the bar's line from the library that computes rate and time left. */
  private final class Line implements ProgressBarConsumer {
    @Override
    public int getMaxRenderedLength() {
      return console.isTerminal() ? console.columns() - 1 : PLAIN_COLUMNS;
    }

    @Override
    public void accept(String line) {
      LiveView.this.accept(line);
    }

    @Override
    public void close() {
      // The view outlives the bar by one last painting.
    }
  }
}
