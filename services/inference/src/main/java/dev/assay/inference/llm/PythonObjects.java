package dev.assay.inference.llm;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.lib.Importable;
import com.hubspot.jinjava.util.ForLoop;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import jinjava.javax.el.MethodNotFoundException;
import jinjava.javax.el.PropertyNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * What the expressions of a chat template can reach: keys of maps, items of lists, the loop, and the methods of Python's strings,
 * dictionaries and lists that such templates call. Nothing goes by reflection, so that no Java object can be reached through another.
 */
final class PythonObjects extends ELResolver {
  private static final ELResolver OF_LIBRARY = JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY;

  @Override
  public @Nullable Object getValue(ELContext context, @Nullable Object base, Object property) {
    if (base == null || base instanceof ForLoop || base instanceof Importable) {
      return OF_LIBRARY.getValue(context, base, property);
    }
    context.setPropertyResolved(true);
    return switch (base) {
      case Map<?, ?> map -> map.get(property);
      case List<?> list -> item(list, property.toString());
      default -> throw new PropertyNotFoundException("a " + base.getClass().getSimpleName() + " has no " + property);
    };
  }

  @Override
  public @Nullable Object invoke(ELContext context, Object base, Object method, Class<?> @Nullable [] types, Object[] arguments) {
    if (base instanceof Importable) {
      return OF_LIBRARY.invoke(context, base, method, types, arguments);
    }
    context.setPropertyResolved(true);
    String name = method.toString();
    return switch (base) {
      case String text -> ofString(text, name, arguments);
      case Map<?, ?> map -> ofMap(map, name, arguments);
      case List<?> list when name.equals("append") -> append(list, arguments[0]);
      default -> throw new MethodNotFoundException("a " + base.getClass().getSimpleName() + " has no method " + name);
    };
  }

  private static @Nullable Object item(List<?> list, String property) {
    if (!property.matches("-?\\d{1,9}")) {
      throw new PropertyNotFoundException("a list has no " + property);
    }
    int index = Integer.parseInt(property);
    int place = index < 0 ? list.size() + index : index;
    return place >= 0 && place < list.size() ? list.get(place) : null;
  }

  @SuppressWarnings("unchecked")
  private static @Nullable Object append(List<?> list, Object item) {
    ((List<Object>) list).add(item);
    return null;
  }

  private static @Nullable Object ofMap(Map<?, ?> map, String name, Object[] arguments) {
    return switch (name) {
      case "items" -> map.entrySet().stream().map(entry -> List.of(entry.getKey(), entry.getValue())).toList();
      case "keys" -> new ArrayList<>(map.keySet());
      case "values" -> new ArrayList<>(map.values());
      case "get" -> {
        Object value = map.get(arguments[0]);
        yield value == null && arguments.length > 1 ? arguments[1] : value;
      }
      default -> throw new MethodNotFoundException("a dictionary has no method " + name);
    };
  }

  private static Object ofString(String text, String name, Object[] arguments) {
    String first = arguments.length > 0 ? Objects.toString(arguments[0]) : null;
    return switch (name) {
      case "strip" -> stripped(text, first, true, true);
      case "lstrip" -> stripped(text, first, true, false);
      case "rstrip" -> stripped(text, first, false, true);
      case "startswith" -> text.startsWith(Objects.requireNonNull(first));
      case "endswith" -> text.endsWith(Objects.requireNonNull(first));
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "title" -> titled(text);
      case "capitalize" -> text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1).toLowerCase(Locale.ROOT);
      case "replace" -> text.replace(Objects.requireNonNull(first), Objects.toString(arguments[1]));
      case "find" -> (long) text.indexOf(Objects.requireNonNull(first));
      case "count" -> (long) text.split(Pattern.quote(Objects.requireNonNull(first)), -1).length - 1;
      case "split" -> split(text, first, arguments.length > 1 ? ((Number) arguments[1]).intValue() : -1);
      case "splitlines" -> new ArrayList<>(text.lines().toList());
      case "join" -> String.join(text, ((List<?>) arguments[0]).stream().map(Objects::toString).toList());
      default -> throw new MethodNotFoundException("a string has no method " + name);
    };
  }

  private static List<String> split(String text, @Nullable String separator, int most) {
    if (separator == null) {
      String inner = text.strip();
      return inner.isEmpty() ? new ArrayList<>() : new ArrayList<>(List.of(inner.split("\\s+")));
    }
    return new ArrayList<>(List.of(text.split(Pattern.quote(separator), most < 0 ? -1 : most + 1)));
  }

  private static String stripped(String text, @Nullable String characters, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && strips(text.charAt(from), characters)) {
      from++;
    }
    while (right && to > from && strips(text.charAt(to - 1), characters)) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean strips(char c, @Nullable String characters) {
    return characters == null ? Character.isWhitespace(c) || Character.isSpaceChar(c) : characters.indexOf(c) >= 0;
  }

  private static String titled(String text) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      out.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  @Override
  public Class<?> getType(ELContext context, Object base, Object property) {
    return Object.class;
  }

  @Override
  public void setValue(ELContext context, Object base, Object property, Object value) {
    throw new PropertyNotFoundException("a template cannot set " + property);
  }

  @Override
  public boolean isReadOnly(ELContext context, Object base, Object property) {
    return true;
  }

  @Override
  public @Nullable Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
    return null;
  }

  @Override
  public Class<?> getCommonPropertyType(ELContext context, Object base) {
    return Object.class;
  }
}
