// The openai package for Node against the gateway: completions, chat, streams, errors.
import assert from 'node:assert';
import OpenAI from 'openai';

const [base, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'none', maxRetries: 0 });

const models = [];
for await (const one of client.models.list()) models.push(one.id);
assert(models.includes(model));
const whole = await client.completions.create({ model, prompt: 'Once upon a time', max_tokens: 12, temperature: 0 });
let text = '';
for await (const part of await client.completions.create({ model, prompt: 'Once upon a time', max_tokens: 12, temperature: 0, stream: true })) {
  text += part.choices[0].text;
}
assert.equal(text, whole.choices[0].text);
const messages = [{ role: 'user', content: 'What is the capital of France?' }];
const chat = await client.chat.completions.create({ model, messages, max_tokens: 16, temperature: 0 });
let content = '';
for await (const part of await client.chat.completions.create({ model, messages, max_tokens: 16, temperature: 0, stream: true })) {
  content += part.choices[0].delta.content ?? '';
}
assert.equal(content, chat.choices[0].message.content);
await assert.rejects(client.completions.create({ model: 'nobody', prompt: 'x' }), (error) => error.status === 404 && /nobody/.test(error.message));
console.log('node openai: completions, chat, streams and errors agree');
