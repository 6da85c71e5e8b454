# Small SentencePiece vocabularies, and what sentencepiece itself makes of some texts. Usage: python sentencepiece_vocabularies.py sentencepiece_vocabularies.json
import io, json, sys, sentencepiece as spm
sentences = """A broker keeps every record in the order in which it came.
Two workers read the same topic, and each of them takes other records.
When a worker stops, what it had taken is delivered again to another one.
The table is counted from the records alone, so a replay gives the same table.
Nothing is counted twice, and nothing that was sent is lost on the way.
A model reads the question once and answers it in four orders of its options.
Wer eine Frage zweimal stellt, bekommt zwei Antworten; größere Fragen brauchen länger.
Le modèle répond à la question, puis il attend la suivante.
1, 2, 3, 10, 25, 1999 and 2026 are numbers; 3.14 is one as well.""".split("\n") * 4
texts = sentences[:9] + ["", " ", "  two  spaces   three ", "a\nb\n\nc\n", "\ttabbed", "naïve café – “quoted”", "日本語 and 😀", "<turn>user\nhello<end>\n", "worker workers working", "the<turn>the", "x" * 20]
cases = []
for name, settings in {"with a space before": dict(add_dummy_prefix=True), "as it stands": dict(add_dummy_prefix=False, user_defined_symbols=["<turn>", "\n", "\n\n", "\u2581\u2581", "\u2581\u2581\u2581"])}.items():
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter(sentences), model_writer=out, model_type="bpe", vocab_size=480, byte_fallback=True, split_digits=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, control_symbols=["<end>"], minloglevel=2, **settings)
    p = spm.SentencePieceProcessor(model_proto=out.getvalue())
    ids = range(p.get_piece_size())
    kind = lambda i: 2 if p.is_unknown(i) else 3 if p.is_control(i) else 6 if p.is_byte(i) else 4 if p.id_to_piece(i) in settings.get("user_defined_symbols", []) else 1
    cases.append(dict(name=name, add_space_prefix=settings["add_dummy_prefix"], tokens=[p.id_to_piece(i) for i in ids], scores=[p.get_score(i) for i in ids], types=[kind(i) for i in ids],
        texts=[dict(text=t, ids=p.encode(t)) for t in texts if "<end>" not in t]))
json.dump(dict(made_with=f"sentencepiece {spm.__version__}", cases=cases), open(sys.argv[1], "w"), ensure_ascii=False)
