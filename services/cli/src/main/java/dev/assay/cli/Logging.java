package dev.assay.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where this process logs: nowhere at first, so that the terminal is the command's; then to a file, or to the console of a service. */
final class Logging {

  private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{0} %replace(%X{request} ){'^ $',''}%message%n%exception";
  private static final String FILE_NAME = "assay.log";
  private static final String CONSOLE = "console-logback.xml";

  private Logging() {}

  /** Logs to {@code assay.log} in a folder from now on; the file, which is appended to. */
  static Path toFile(Path folder) {
    Path file = folder.resolve(FILE_NAME);
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
    encoder.start();
    FileAppender<ILoggingEvent> appender = new FileAppender<>();
    appender.setContext(context);
    appender.setName("file");
    appender.setFile(file.toString());
    appender.setEncoder(encoder);
    appender.start();
    context.getLogger("org.apache.kafka").setLevel(Level.WARN);
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(appender);
    return file;
  }

  /** Logs to the console from now on, as a service in the foreground does. */
  static void toConsole() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    try {
      configurator.doConfigure(Logging.class.getResource(CONSOLE));
    } catch (JoranException e) {
      throw new IllegalStateException("the logging configuration " + CONSOLE + " is broken", e);
    }
  }
}
