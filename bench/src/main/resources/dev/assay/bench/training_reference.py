# LoRA training steps with transformers and PEFT. Reads a line of JSON a command, answers with one.
import json, sys, time, torch, transformers
import peft
ask = json.loads(sys.stdin.readline())
torch.set_num_threads(ask["threads"])
model = transformers.AutoModelForCausalLM.from_pretrained(ask["folder"], gguf_file=ask["file"], dtype=getattr(torch, ask["dtype"]))
model = peft.get_peft_model(model, peft.LoraConfig(r=8, lora_alpha=32, lora_dropout=ask["dropout"], target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")).train()
optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
print(json.dumps({"versions": f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    ids, answers, together = torch.tensor(ask["texts"]), ask["answers"], ask["together"]
    labels = ids.clone()
    labels[:, : ids.shape[1] - answers] = -100
    begin, computing, loss = time.time(), time.process_time(), 0.0
    for at in range(0, len(ids), together):
        part = ids[at : at + together]
        one = model(input_ids=part, attention_mask=torch.ones_like(part), labels=labels[at : at + together], num_items_in_batch=torch.tensor(len(ids) * answers)).loss
        one.backward()
        loss += float(one)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad()
    print(json.dumps({"loss": loss, "seconds": time.time() - begin, "computing": time.process_time() - computing}), flush=True)
