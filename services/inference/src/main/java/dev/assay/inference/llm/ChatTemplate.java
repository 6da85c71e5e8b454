package dev.assay.inference.llm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import dev.assay.inference.llm.weights.WeightSource;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The Jinja template by which a model's tokenizer turns a conversation into a prompt, rendered as {@code apply_chat_template} of
 * transformers renders it: blocks are trimmed, text of messages is never a template itself. Templates come with models from anywhere, so
 * they reach strings, lists, maps and loops, and no Java object beyond those.
 */
public final class ChatTemplate {
  private static final int LONGEST_TEXT = 1 << 22;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A loop over some of the items, which jinjava would run over all. */
  private static final Pattern FILTERED_LOOP = Pattern.compile("\\{%-?\\s*for\\s(?:(?!%}|\\belse\\b).)*\\sif\\s(?:(?!\\belse\\b).)*?%}", Pattern.DOTALL);

  private final Jinjava jinjava;
  private final String template;
  private final String startToken;
  private final String endToken;

  /**
   * @param template in Jinja
   * @param startToken what the template calls {@code bos_token}; may be empty
   * @param endToken what it calls {@code eos_token}; may be empty
   */
  ChatTemplate(String template, String startToken, String endToken) {
    // jinjava has no slices with a step; backwards is the one that templates take.
    this.template = withEnclosedArguments(template).replace("[::-1]", "|reverse");
    this.startToken = startToken;
    this.endToken = endToken;
    this.jinjava =
        new Jinjava(
            JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withNestedInterpretationEnabled(false)
                .withMaxOutputSize(LONGEST_TEXT)
                .withElResolver(new PythonObjects())
                .withLegacyOverrides(
                    LegacyOverrides.newBuilder()
                        .withEvaluateMapKeys(true)
                        .withIterateOverMapKeys(true)
                        .withUsePyishObjectMapper(true)
                        .withUseSnakeCasePropertyNaming(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withParseWhitespaceControlStrictly(true)
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withKeepNullableLoopValues(true)
                        .build())
                .build());
    jinjava
        .getGlobalContext()
        .registerFunction(new ELFunctionDefinition("", "raise_exception", ChatTemplate.class, "raise", String.class));
    jinjava.getGlobalContext().registerFilter(new ToJson());
  }

  /** The template of a model; empty for one that was not made for conversations. */
  static Optional<ChatTemplate> of(WeightSource source, Tokens tokens) throws IOException {
    Optional<String> template = source.chatTemplate();
    if (template.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new ChatTemplate(template.get(), startToken(source, tokens), endToken(source, tokens)));
  }

  /** The text of the token that stands for the beginning; empty where there is none. */
  static String startToken(WeightSource source, Tokens tokens) {
    return source.namedToken("bos_token").orElseGet(() -> text(tokens, source.startToken().stream()));
  }

  /** The text of the token that ends a text; empty where there is none. */
  static String endToken(WeightSource source, Tokens tokens) {
    return source.namedToken("eos_token").orElseGet(() -> text(tokens, source.endTokens().stream().mapToInt(id -> id)));
  }

  private static String text(Tokens tokens, IntStream ids) {
    return tokens.decode(ids.limit(1).toArray());
  }

  /**
   * The prompt of a conversation.
   *
   * @param addGenerationPrompt whether the beginning of the model's next turn stands at the end
   * @throws IllegalArgumentException when the template refuses the conversation, or cannot be rendered; the message says why
   */
  public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    if (FILTERED_LOOP.matcher(template).find()) {
      throw new IllegalArgumentException("the model's chat template cannot be rendered: it uses 'for … in … if …', which is not supported");
    }
    Map<String, Object> context = new HashMap<>();
    context.put(
        "messages", new ArrayList<>(messages.stream().map(m -> Map.of("role", m.role(), "content", m.content())).toList()));
    context.put("add_generation_prompt", addGenerationPrompt);
    context.put("bos_token", startToken);
    context.put("eos_token", endToken);
    RenderResult result = jinjava.renderForResult(template, context);
    if (!result.getErrors().isEmpty()) {
      for (Throwable cause = result.getErrors().getFirst().getException(); cause != null; cause = cause.getCause()) {
        if (cause instanceof Refusal) {
          throw new IllegalArgumentException("the model's chat template refuses the conversation: " + cause.getMessage());
        }
      }
      throw new IllegalArgumentException(
          "the model's chat template cannot be rendered: line %d: %s"
              .formatted(result.getErrors().getFirst().getLineno(), result.getErrors().getFirst().getMessage()));
    }
    return result.getOutput();
  }

  /** What a template calls to refuse a conversation. */
  @SuppressWarnings("DoNotCallSuggester")
  public static Object raise(String message) {
    throw new Refusal(message);
  }

  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
      super(message);
    }
  }

  /** {@code json.dumps} of Python. */
  private static final class ToJson implements Filter {
    private static final ObjectWriter WRITER =
        JSON.writer(
            new DefaultPrettyPrinter(
                    Separators.createDefaultInstance()
                        .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                        .withObjectEntrySpacing(Separators.Spacing.AFTER)
                        .withArrayValueSpacing(Separators.Spacing.AFTER))
                .withArrayIndenter(new DefaultPrettyPrinter.NopIndenter())
                .withObjectIndenter(new DefaultPrettyPrinter.NopIndenter()));

    @Override
    public String getName() {
      return "tojson";
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
      try {
        return WRITER.writeValueAsString(value);
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("cannot be written as JSON: " + e.getMessage(), e);
      }
    }
  }

  /**
   * Puts parentheses around the values of named arguments, {@code f(a=b|length - 1)}: Jinja reads the whole of {@code b|length - 1} as the
   * value, but jinjava takes {@code b|length} and subtracts from the argument.
   */
  static String withEnclosedArguments(String template) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < template.length()) {
      int open = nextTag(template, at);
      if (open < 0) {
        break;
      }
      out.append(template, at, open + 2);
      at = encloseTag(template, open + 2, out);
    }
    return out.append(template, at, template.length()).toString();
  }

  private static int nextTag(String template, int from) {
    int at = from;
    while (true) {
      at = template.indexOf('{', at);
      if (at < 0 || at + 1 >= template.length()) {
        return -1;
      }
      char next = template.charAt(at + 1);
      if (next == '#') {
        int end = template.indexOf("#}", at);
        at = end < 0 ? template.length() : end;
      } else if (next == '{' || next == '%') {
        return at;
      } else {
        at++;
      }
    }
  }

  /** Copies one tag from behind its opening to behind its closing; returns where that is. */
  private static int encloseTag(String template, int from, StringBuilder out) {
    // An entry a bracket that is open: whether a parenthesis is to be closed before the argument ends.
    Deque<Boolean> brackets = new ArrayDeque<>();
    char quote = 0;
    for (int at = from; at < template.length(); at++) {
      char c = template.charAt(at);
      if (quote != 0) {
        out.append(c);
        if (c == '\\' && at + 1 < template.length()) {
          out.append(template.charAt(++at));
        } else if (c == quote) {
          quote = 0;
        }
        continue;
      }
      switch (c) {
        case '\'', '"' -> {
          quote = c;
          out.append(c);
        }
        case '(', '[', '{' -> {
          brackets.push(false);
          out.append(c);
        }
        case ',', ')', ']', '}' -> {
          if (brackets.isEmpty()) {
            out.append(c);
            if (c == '}' && at > 0 && (template.charAt(at - 1) == '}' || template.charAt(at - 1) == '%')) {
              return at + 1;
            }
          } else {
            if (brackets.pop()) {
              out.append(')');
            }
            if (c == ',') {
              brackets.push(false);
            }
            out.append(c);
          }
        }
        case '=' -> {
          out.append(c);
          boolean names =
              !brackets.isEmpty() && template.charAt(at - 1) != '=' && "!<>=".indexOf(template.charAt(at - 1)) < 0 && template.charAt(at + 1) != '=';
          if (names) {
            brackets.pop();
            brackets.push(true);
            out.append('(');
          }
        }
        default -> out.append(c);
      }
    }
    return template.length();
  }
}
