"""The openai package for Python against the gateway: completions, chat, streams, log-probabilities, errors."""

import sys

import openai

base, model = sys.argv[1], sys.argv[2]
client = openai.OpenAI(base_url=base + "/v1", api_key="none", max_retries=0)

assert model in [one.id for one in client.models.list()], "the model is not listed"
whole = client.completions.create(model=model, prompt="Once upon a time", max_tokens=12, temperature=0, logprobs=2)
assert whole.choices[0].text and len(whole.choices[0].logprobs.tokens) == 12, whole
assert "".join(whole.choices[0].logprobs.tokens) == whole.choices[0].text, whole
assert whole.usage.completion_tokens == 12 and whole.system_fingerprint, whole
parts = client.completions.create(model=model, prompt="Once upon a time", max_tokens=12, temperature=0, stream=True)
streamed = "".join(part.choices[0].text for part in parts)
assert streamed == whole.choices[0].text, (streamed, whole.choices[0].text)
several = client.completions.create(model=model, prompt=["One", "Two"], n=2, max_tokens=4, seed=7)
assert [choice.index for choice in several.choices] == [0, 1, 2, 3]
echoed = client.completions.create(model=model, prompt="The sky is", max_tokens=1, temperature=0, echo=True, logprobs=1)
assert echoed.choices[0].text.startswith("The sky is") and echoed.choices[0].logprobs.token_logprobs[0] is None
messages = [{"role": "user", "content": "What is the capital of France?"}]
chat = client.chat.completions.create(model=model, messages=messages, max_tokens=16, temperature=0, logprobs=True, top_logprobs=3)
assert chat.choices[0].message.role == "assistant" and len(chat.choices[0].logprobs.content[0].top_logprobs) == 3
chunks = list(
    client.chat.completions.create(
        model=model, messages=messages, max_tokens=16, temperature=0, stream=True, stream_options={"include_usage": True}
    )
)
streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert streamed == chat.choices[0].message.content, (streamed, chat)
assert chunks[-1].usage.completion_tokens > 0 and len(chunks) > 3
stopped = client.completions.create(model=model, prompt="1, 2, 3,", max_tokens=40, temperature=0, stop=[" 7"], stream=True)
assert " 7" not in "".join(part.choices[0].text for part in stopped)
for wrong, expected in [
    (dict(model="nobody", prompt="x"), openai.NotFoundError),
    (dict(model=model, prompt="x", max_tokens=-1), openai.BadRequestError),
    (dict(model=model, prompt="x", logprobs=1000), openai.BadRequestError),
]:
    try:
        client.completions.create(**wrong)
        raise AssertionError(f"expected {expected} for {wrong}")
    except expected as error:
        assert error.body["message"], error
print(f"python openai {openai.__version__}: completions, chat, streams, log-probabilities, stops and errors agree")
print("  " + chat.choices[0].message.content.strip().replace("\n", " ")[:100])
