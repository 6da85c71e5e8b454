# What transformers makes of chat templates. Usage: python chat_templates.py chat_templates.json
# The templates are written for this test, in the dialects that model families use.
import json, sys, transformers
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

templates = {
  "turns between marks": """{% for message in messages %}{% if loop.first and message['role'] != 'system' %}{{ '<|im_start|>system
Answer briefly.<|im_end|>
' }}{% endif %}{{ '<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}""",
  "headers": """{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|header|>system<|/header|>\\n\\n" }}
{{- "Date: " + (date_string if date_string is defined else "unknown") + "\\n" }}
{{- system_message }}
{{- "<|eot|>" }}
{%- for message in messages %}
    {{- '<|header|>' + message['role'] + '<|/header|>\\n\\n' + message['content'] | trim + '<|eot|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|header|>assistant<|/header|>\\n\\n' }}
{%- endif %}
""",
  "alternating": """{%- set ns = namespace(index=0, system="") -%}
{%- for message in messages -%}
  {%- if message.role == "system" -%}{%- set ns.system = message.content ~ "\\n\\n" -%}
  {%- else -%}
    {%- if (message.role == "user") != (ns.index % 2 == 0) -%}
      {{- raise_exception("Roles must alternate between user and assistant.") -}}
    {%- endif -%}
    {%- set ns.index = ns.index + 1 -%}
  {%- endif -%}
{%- endfor -%}
{{ bos_token }}
{%- for message in messages -%}
  {%- if message.role == "user" -%}
    {{ "[INST] " ~ (ns.system if loop.last else "") ~ message.content ~ " [/INST]" }}
  {%- elif message.role == "assistant" -%}
    {{ " " ~ message.content | trim ~ eos_token }}
  {%- elif message.role != "system" -%}
    {{- raise_exception("Unknown role " ~ message.role) -}}
  {%- endif -%}
{%- endfor -%}""",
  "model for assistant": """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
""",
  "marks by role": """{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>
' + message['content'] + '<|end|>
'}}{% elif message['role'] == 'user' %}{{'<|user|>
' + message['content'] + '<|end|>
'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>
' + message['content'] + '<|end|>
'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>
' }}{% else %}{{ eos_token }}{% endif %}""",
  "thoughts left out": """{%- set ns = namespace(last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if message.role == "user" and not message.content.startswith('<tool>') and ns.last == messages|length - 1 %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == "assistant" and '</think>' in content %}
        {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
    {%- endif %}
    {{- '<|im_start|>' + message.role + '\\n' + content.strip('\\n') + '<|im_end|>\\n' }}
    {%- if loop.index0 == ns.last %}{{- '[' ~ loop.index ~ '/' ~ loop.length ~ ']' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}""",
  "macro, filters and blocks": """{% macro turn(role, text) %}
### {{ role | upper }}:
{{ text }}
{% endmacro %}
{# a remark #}
{% for m in messages %}
    {% if m.content is defined and m.content | length > 0 %}
{{ turn(m.role.title(), m.content) }}
    {% endif %}
{% endfor %}
{{ (messages | map(attribute='role') | join(', ')) }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ {'a': 1, 'b': [true, none, "x"]} | tojson }}
{% if add_generation_prompt and messages[-1].role == 'user' %}
### ASSISTANT:
{% endif %}""",
}
talks = [
  [dict(role="user", content="What is a share group?")],
  [dict(role="system", content="  Be exact. "), dict(role="user", content=" Is 7 < 9 & 9 > 7? "), dict(role="assistant", content="<think>\nhm\n</think>\n\nYes, it's \"so\"."), dict(role="user", content="Why?\nTwo lines.")],
  [dict(role="user", content="Größe → 大"), dict(role="assistant", content="{{ no }} {% template %}"), dict(role="user", content="")],
  [dict(role="user", content="one"), dict(role="user", content="two")],
]
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), bos_token="<s>", eos_token="</s>")
cases = []
for name, template in templates.items():
    for talk in talks:
        for prompt in (True, False):
            case = dict(name=name, messages=talk, add_generation_prompt=prompt)
            try:
                case["text"] = tokenizer.apply_chat_template(talk, chat_template=template, add_generation_prompt=prompt, tokenize=False)
            except Exception as e:
                case["error"] = str(e)
            cases.append(case)
json.dump(dict(made_with=f"transformers {transformers.__version__}", bos_token="<s>", eos_token="</s>", templates=templates, cases=cases), open(sys.argv[1], "w"), ensure_ascii=False, indent=1)
