package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chat templates against what apply_chat_template of transformers made of them; chat_templates.py asked it. */
class ChatTemplateTest {

  static List<Arguments> cases() throws IOException {
    try (InputStream in = ChatTemplateTest.class.getResourceAsStream("chat_templates.json")) {
      JsonNode root = new ObjectMapper().readTree(in);
      List<Arguments> all = new ArrayList<>();
      for (JsonNode one : root.path("cases")) {
        String template = root.path("templates").path(one.path("name").asText()).asText();
        all.add(Arguments.of(one.path("name").asText(), new ChatTemplate(template, "<s>", "</s>"), one));
      }
      return all;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void render_agreesWithTransformers(String name, ChatTemplate template, JsonNode one) {
    List<ChatMessage> messages = new ArrayList<>();
    one.path("messages").forEach(m -> messages.add(new ChatMessage(m.path("role").asText(), m.path("content").asText())));
    boolean prompt = one.path("add_generation_prompt").asBoolean();
    if (one.has("error")) {
      assertThatThrownBy(() -> template.render(messages, prompt))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(one.path("error").asText());
    } else {
      assertThat(template.render(messages, prompt)).isEqualTo(one.path("text").asText());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ messages.getClass() }}",
        "{{ messages.class }}",
        "{{ ''.class.forName('java.lang.Runtime') }}",
        "{{ ____int3rpr3t3r____.config }}",
        "{{ ____int3rpr3t3r____.getContext() }}",
        "{{ messages[0].content.getBytes() }}",
        "{% if %}",
        "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}",
        "{{ no_such_function(1) }}"
      })
  void render_whatNoTemplateMayReach_isRefused(String template) {
    assertThatThrownBy(() -> new ChatTemplate(template, "", "").render(List.of(new ChatMessage("user", "hi")), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be rendered");
  }

  @Test
  void withEnclosedArguments_enclosesOnlyValues() {
    assertThat(ChatTemplate.withEnclosedArguments("a=(b) {{ f(x=y|length - 1, z='=(', w=[1, g(q=2)]) }} {# f(x=1) #}{% set a = b == (c != d) %}"))
        .isEqualTo("a=(b) {{ f(x=(y|length - 1), z=('=('), w=([1, g(q=(2))])) }} {# f(x=1) #}{% set a = b == (c != d) %}");
  }
}
